-- Put before every script when it is loaded.
-- Times are whole microseconds since 1970, money whole nano-dollars: Lua's numbers are doubles,
-- exact for whole numbers below 2^53 (9 million dollars a window). Only '..' would round them.
-- For one Redis, not for Cluster: which keys a settlement touches stands in the request's record.

local call = redis.call

-- A calendar window is remembered so long after its end, for calls that ran across it.
local WINDOW_GRACE_US = 7200e6
-- A request that was never settled can still be so long after its hold lapsed.
local UNSETTLED_US = 3600e6
-- A settlement that is sent again is recognised so long after the request's end.
local SETTLED_US = 300e6
-- What a script compares is kept a little longer than it counts.
local MARGIN_US = 5e6

-- In production the argument is empty, and the server's clock rules for all instances. Tests give
-- a time of their own, because nothing outside can move that clock.
local function read_time(given)
  if given ~= '' then
    return tonumber(given)
  end
  local time = call('TIME')
  return time[1] * 1e6 + time[2]
end

local function number(value)
  return tonumber(value or 0)
end

local function expire_in(key, left_us)
  call('PEXPIRE', key, math.ceil(left_us / 1000))
end

-- When the counters were rebuilt, and from when on they admit; nil after a total loss.
local function read_epoch()
  local rebuilt, opens = string.match(call('GET', 'ai:epoch') or '', '^(%d+) (%d+)$')
  return tonumber(rebuilt), tonumber(opens)
end

-- Budgets. A row is {key, limit, end of the window, is in shadow}; the key is a hash with `spent` and
-- `held`. What a request holds is the same in all its budgets: its record says how much, and HOLDS
-- when it lapses. What lapsed stands in UNSETTLED until the ledger was asked what became of it.

local HOLDS, UNSETTLED = 'ai:holds', 'ai:unsettled'

local function read_budget(key)
  local fields = call('HMGET', key, 'spent', 'held')
  return number(fields[1]), number(fields[2])
end

local function keep_budget(row, now)
  expire_in(row[1], row[3] - now + WINDOW_GRACE_US)
end

local function add_money(row, field, amount, now)
  if amount == 0 then
    return
  end
  local sum = call('HINCRBY', row[1], field, amount)
  -- Less than nothing is held in a window that was forgotten meanwhile.
  if sum < 0 then
    call('HSET', row[1], field, 0)
  end
  if sum == amount or sum < 0 then
    keep_budget(row, now)
  end
end

local function add_held(budgets, amount, now)
  for _, row in ipairs(budgets) do
    add_money(row, 'held', amount, now)
  end
end

-- The refusal of the budget that has least left and too little: by spend alone, or else with what is
-- held. `own` is what the request itself holds of it; `passes(is in shadow, index)` tells whether a
-- budget without room lets it pass all the same.
local function judge_budgets(budgets, amount, own, passes, now)
  local least, which = {budget_spent = amount, budget_held = amount}, {}
  if amount <= 0 then
    return nil
  end
  for index, row in ipairs(budgets) do
    local spent, held = read_budget(row[1])
    local left = {budget_spent = row[2] - spent - own, budget_held = row[2] - spent - held}
    local is_short = math.min(left.budget_spent, left.budget_held) < amount
    if is_short and not passes(row[4], index) then
      for kind, free in pairs(left) do
        if free < least[kind] then
          least[kind], which[kind] = free, index
        end
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

local function let_lapse(now)
  for _, request in ipairs(call('ZRANGEBYSCORE', HOLDS, '-inf', now)) do
    local record = 'ai:request:' .. request
    local fields = call('HMGET', record, 'budgets', 'hold')
    if fields[1] then
      add_held(cjson.decode(fields[1]), -number(fields[2]), now)
      call('HSET', record, 'hold', 0)
      call('ZADD', UNSETTLED, now, request)
      expire_in(UNSETTLED, UNSETTLED_US)
    end
    call('ZREM', HOLDS, request)
  end
end

-- Quotas. A row is {key, window, end of the window, requests, tokens, is in shadow, its name where it
-- is one caller's own, or false}, -1 for no limit; the key is a hash that moves forward only: what
-- comes late from an earlier window counts in the present one when it is taken, and not at all when it
-- is corrected.

-- What is taken of it in the row's window; remembered in the row.
local function read_quota(row)
  if not row.use then
    local fields = call('HMGET', row[1], 'window', 'requests', 'tokens')
    local is_new = not fields[1] or fields[1] < row[2]
    row.use = {
      is_new = is_new,
      requests = is_new and 0 or number(fields[2]),
      tokens = is_new and 0 or number(fields[3]),
    }
  end
  return row.use
end

local function begin_quota(row, requests, tokens, now)
  call('HSET', row[1], 'window', row[2], 'requests', requests, 'tokens', tokens,
    'reset_at', math.floor(row[3] / 1e6))
  expire_in(row[1], row[3] - now + WINDOW_GRACE_US)
end

-- The refusal of the quota without room that lasts longest; `exceeded(row)` gives the allowance that
-- it has no room in, `passes` is as of budgets.
local function judge_quotas(quotas, exceeded, passes, now)
  local latest, refusal = -1, nil
  for index, row in ipairs(quotas) do
    local allowance = exceeded(row)
    if allowance and not passes(row[6], index) and row[3] > latest then
      latest = row[3]
      refusal = {'quota', index, allowance, math.max(row[3] - now, 0)}
    end
  end
  return refusal
end

local function take_quotas(quotas, tokens, now)
  for _, row in ipairs(quotas) do
    local use = read_quota(row)
    local requests, taken = use.requests + 1, use.tokens + tokens
    if use.is_new then
      begin_quota(row, requests, taken, now)
    else
      call('HSET', row[1], 'requests', requests, 'tokens', taken)
    end
  end
end

local function correct_quotas(quotas, change)
  if change == 0 then
    return
  end
  for _, row in ipairs(quotas) do
    local fields = call('HMGET', row[1], 'window', 'tokens')
    if fields[1] == row[2] then
      call('HSET', row[1], 'tokens', math.max(number(fields[2]) + change, 0))
    end
  end
end

-- Requests. ai:request:ID remembers what an admitted request has taken, until it is settled.

local function record_request(request, budgets, quotas, tokens, hold, hold_us, lapses, now)
  local record = 'ai:request:' .. request
  call('HSET', record, 'budgets', budgets, 'quotas', quotas, 'tokens', tokens,
    'hold', hold, 'hold_us', hold_us, 'taken', 0)
  expire_in(record, math.max(lapses - now, 0) + UNSETTLED_US)
  if lapses > now then
    call('ZADD', HOLDS, lapses, request)
  end
end

-- Book an attempt; 0 when nobody knows the request. An attempt that is known is not booked again.
local function settle_attempt(request, attempt, cost, tokens, is_final, now)
  local record = 'ai:request:' .. request
  local fields = call('HMGET', record, 'budgets', 'quotas', 'tokens', 'taken', 'hold', 'is_over')
  if not fields[1] then
    return 0
  end
  if call('HSETNX', record, 'attempt:' .. attempt, cost) == 0 then
    return 1
  end
  local hold, is_over = number(fields[5]), fields[6]
  local released = is_final and hold or math.min(cost, hold)
  for _, row in ipairs(cjson.decode(fields[1])) do
    add_money(row, 'spent', cost, now)
    add_money(row, 'held', -released, now)
  end
  local taken = number(fields[4]) + tokens
  if is_over then
    correct_quotas(cjson.decode(fields[2]), tokens)
    call('HSET', record, 'taken', taken)
  elseif is_final then
    correct_quotas(cjson.decode(fields[2]), taken - number(fields[3]))
    call('HSET', record, 'taken', taken, 'hold', 0, 'is_over', 1)
    call('ZREM', HOLDS, request)
    call('ZREM', UNSETTLED, request)
    expire_in(record, SETTLED_US)
  else
    call('HSET', record, 'taken', taken, 'hold', hold - released)
  end
  return 1
end
