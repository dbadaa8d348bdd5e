-- Raise a request's hold in all its budgets, or in none; the hold gets its whole time again.
-- ARGV: time, request, amount. Returns "" when it was raised, else why not: "budget_spent" when a
-- budget has no room beside what is spent and what the request itself holds, or "budget_held".

local now, request, amount = read_time(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local record = 'ai:request:' .. request
let_lapse(now)
local fields = call('HMGET', record, 'budgets', 'hold_us', 'is_over', 'hold')
if not fields[1] or fields[3] then
  return 'budget_held'
end
local budgets, hold_us = cjson.decode(fields[1]), tonumber(fields[2])
local own, denial = number(fields[4]), ''
for _, row in ipairs(budgets) do
  local spent, held = read_budget(row[1])
  if row[2] - spent - own < amount and not row[4] then
    return 'budget_spent'
  elseif row[2] - spent - held < amount and not row[4] then
    denial = 'budget_held'
  end
end
if denial ~= '' then
  return denial
end
add_held(budgets, amount, now)
call('HINCRBY', record, 'hold', amount)
call('ZADD', HOLDS, now + hold_us, request)
expire_in(record, hold_us + UNSETTLED_US)
return ''
