-- Raise a request's hold in all its budgets and its tokens in all its quotas, or nothing; the hold
-- gets its whole time again. ARGV: time, request, amount, tokens. Returns {} when it was raised, else
-- {why not, which, its allowance, its time left}: "quota" when one has no room for the tokens,
-- "budget_spent" when a budget has no room beside what is spent and what the request itself holds, or
-- "budget_held"; which is 0 for a request that is unknown or over.

local now, request, amount = read_time(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local tokens = tonumber(ARGV[4])
local record = 'ai:request:' .. request

-- The quota that lacks the tokens and lasts longest. One that has moved on to its next window takes
-- nothing of this request any more.
local function judge_quotas(quotas)
  local latest, refusal = -1, nil
  for index, row in ipairs(quotas) do
    local fields = call('HMGET', row[1], 'window', 'tokens')
    local is_enforced = row[5] >= 0 and not row[6] and fields[1] == row[2]
    local is_short = tokens > 0 and is_enforced and number(fields[2]) + tokens > row[5]
    if is_short and row[3] > latest then
      latest = row[3]
      refusal = {'quota', index, row[5], math.max(row[3] - now, 0)}
    end
  end
  return refusal
end

-- The budget that has least left and too little, by spend alone or else with what is held.
local function judge_budgets(budgets, own)
  local least, which = {budget_spent = amount, budget_held = amount}, {}
  if amount <= 0 then
    return nil
  end
  for index, row in ipairs(budgets) do
    local spent, held = read_budget(row[1])
    local left = {budget_spent = row[2] - spent - own, budget_held = row[2] - spent - held}
    for kind, free in pairs(left) do
      if not row[4] and free < least[kind] then
        least[kind], which[kind] = free, index
      end
    end
  end
  for _, kind in ipairs({'budget_spent', 'budget_held'}) do
    local row = budgets[which[kind]]
    if row then
      return {kind, which[kind], row[2], math.max(row[3] - now, 0)}
    end
  end
  return nil
end

let_lapse(now)
local fields = call('HMGET', record, 'budgets', 'hold_us', 'is_over', 'hold', 'quotas')
if not fields[1] or fields[3] then
  return {'budget_held', 0, 0, 0}
end
local budgets, hold_us = cjson.decode(fields[1]), tonumber(fields[2])
local quotas = cjson.decode(fields[5])
local refusal = judge_quotas(quotas) or judge_budgets(budgets, number(fields[4]))
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
