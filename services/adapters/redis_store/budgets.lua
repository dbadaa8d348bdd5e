-- ARGV: time, keys of budgets as JSON.
-- Returns {1 unless everything was lost, spent, held, spent, held, ...}.

local now = read_time(ARGV[1])
let_lapse(now)
local found = {read_epoch() and 1 or 0}
for _, key in ipairs(cjson.decode(ARGV[2])) do
  local spent, held = read_budget(key)
  found[#found + 1] = spent
  found[#found + 1] = held
end
return found
