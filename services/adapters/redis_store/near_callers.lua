-- Who was near a limit of their own at their last call, and what they have used now; nothing is
-- changed.
-- ARGV: time, the most callers of a limit, JSON {rates: {name, window}, quotas: {name, window's key}}.
-- Returns {limit, caller as admit.lua has noted it, requests, tokens} for each, in one list.

local now, most, asked = read_time(ARGV[1]), ARGV[2], cjson.decode(ARGV[3])
local found = {}

local function after(time)
  return string.format('(%.0f', time)
end

local function tell(limit, count)
  local near = call(
    'ZREVRANGEBYSCORE', 'ai:near:' .. limit, '+inf', after(now), 'LIMIT', 0, most)
  for _, caller in ipairs(near) do
    local requests, tokens = count(cjson.decode(caller)[1])
    for _, value in ipairs({limit, caller, requests, tokens}) do
      found[#found + 1] = value
    end
  end
end

for _, rate in ipairs(asked.rates) do
  tell(rate[1], function(key)
    return call('ZCOUNT', key, after(now - rate[2]), '+inf'), 0
  end)
end
for _, quota in ipairs(asked.quotas) do
  tell(quota[1], function(key)
    local use = read_quota({key, quota[2]})
    return use.requests, use.tokens
  end)
end
return found
