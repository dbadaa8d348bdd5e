-- Raise a request's hold in all its budgets and its tokens in all its quotas, or nothing; the hold
-- gets its whole time again. ARGV: time, request, amount, tokens. Returns "" when it was raised, else
-- why not: "quota" when one has no room for the tokens, "budget_spent" when a budget has no room
-- beside what is spent and what the request itself holds, or "budget_held".

-- A quota that has moved on to its next window takes nothing of this request any more.
local function lack_tokens(quotas, tokens)
  for _, row in ipairs(quotas) do
    local fields = call('HMGET', row[1], 'window', 'tokens')
    local is_enforced = row[5] >= 0 and not row[6] and fields[1] == row[2]
    if tokens > 0 and is_enforced and number(fields[2]) + tokens > row[5] then
      return true
    end
  end
  return false
end

local now, request, amount = read_time(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local tokens = tonumber(ARGV[4])
local record = 'ai:request:' .. request
let_lapse(now)
local fields = call('HMGET', record, 'budgets', 'hold_us', 'is_over', 'hold', 'quotas')
if not fields[1] or fields[3] then
  return 'budget_held'
end
local budgets, hold_us = cjson.decode(fields[1]), tonumber(fields[2])
local quotas = cjson.decode(fields[5])
if lack_tokens(quotas, tokens) then
  return 'quota'
end
local own, denial = number(fields[4]), ''
for _, row in ipairs(budgets) do
  local spent, held = read_budget(row[1])
  local is_enforced = amount > 0 and not row[4]
  if row[2] - spent - own < amount and is_enforced then
    return 'budget_spent'
  elseif row[2] - spent - held < amount and is_enforced then
    denial = 'budget_held'
  end
end
if denial ~= '' then
  return denial
end
correct_quotas(quotas, tokens)
call('HINCRBY', record, 'tokens', tokens)
add_held(budgets, amount, now)
call('HINCRBY', record, 'hold', amount)
call('ZADD', HOLDS, now + hold_us, request)
expire_in(record, hold_us + UNSETTLED_US)
return ''
