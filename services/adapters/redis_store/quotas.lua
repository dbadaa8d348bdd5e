-- ARGV: quotas as JSON rows {key, window}. Returns {requests, tokens, requests, tokens, ...}.

local found = {}
for _, row in ipairs(cjson.decode(ARGV[1])) do
  local use = read_quota(row)
  found[#found + 1] = use.requests
  found[#found + 1] = use.tokens
end
return found
