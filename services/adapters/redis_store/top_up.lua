-- Raise a request's hold in all its budgets and its tokens in all its quotas, or nothing; the hold
-- gets its whole time again. ARGV: time, request, amount, tokens. Returns {} when it was raised, else
-- {why not, which, its allowance, its time left}: "quota" when one has no room for the tokens,
-- "budget_spent" when a budget has no room beside what is spent and what the request itself holds, or
-- "budget_held"; which is 0 for a request that is unknown or over.

local now, request, amount = read_time(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local tokens = tonumber(ARGV[4])
local record = 'ai:request:' .. request

-- A quota that has moved on to its next window takes nothing of this request any more.
local function exceeded(row)
  local fields = call('HMGET', row[1], 'window', 'tokens')
  local is_present = tokens > 0 and row[5] >= 0 and fields[1] == row[2]
  return is_present and number(fields[2]) + tokens > row[5] and row[5]
end

local function passes(is_shadow)
  return is_shadow
end

let_lapse(now)
local fields = call('HMGET', record, 'budgets', 'hold_us', 'is_over', 'hold', 'quotas')
if not fields[1] or fields[3] then
  return {'budget_held', 0, 0, 0}
end
local budgets, hold_us = cjson.decode(fields[1]), tonumber(fields[2])
local quotas = cjson.decode(fields[5])
local refusal = judge_quotas(quotas, exceeded, passes, now)
  or judge_budgets(budgets, amount, number(fields[4]), passes, now)
if refusal then
  return refusal
end
correct_quotas(quotas, tokens)
call('HINCRBY', record, 'tokens', tokens)
add_held(budgets, amount, now)
call('HINCRBY', record, 'hold', amount)
call('ZADD', HOLDS, now + hold_us, request)
expire_in(record, hold_us + UNSETTLED_US)
return {}
