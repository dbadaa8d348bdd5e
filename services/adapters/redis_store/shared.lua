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

-- Budgets. A row is {key, limit, end of the window, is in shadow}; the key is a hash with `spent`, `held` and one
-- `hold:REQUEST` a hold, and KEY:holds tells when each hold lapses.

local function change_hold(key, request, change, lapses)
  if change == 0 then
    return
  end
  call('HINCRBY', key, 'held', change)
  if call('HINCRBY', key, 'hold:' .. request, change) > 0 then
    if lapses then
      call('ZADD', key .. ':holds', lapses, request)
    end
  else
    call('HDEL', key, 'hold:' .. request)
    call('ZREM', key .. ':holds', request)
  end
end

local function held_by(key, request)
  return number(call('HGET', key, 'hold:' .. request))
end

local function let_lapse(key, now)
  for _, request in ipairs(call('ZRANGEBYSCORE', key .. ':holds', '-inf', now)) do
    change_hold(key, request, -held_by(key, request))
  end
end

-- What is spent and held, without the holds whose time is over.
local function read_budget(key, now)
  let_lapse(key, now)
  local fields = call('HMGET', key, 'spent', 'held')
  return number(fields[1]), number(fields[2])
end

local function keep_budget(row, now)
  expire_in(row[1], row[3] - now + WINDOW_GRACE_US)
  expire_in(row[1] .. ':holds', row[3] - now + WINDOW_GRACE_US)
end

local function hold_budgets(budgets, request, amount, lapses, now)
  for _, row in ipairs(budgets) do
    change_hold(row[1], request, amount, lapses)
    keep_budget(row, now)
  end
end

-- Quotas. A row is {key, window, end of the window, requests, tokens, is in shadow}, -1 for no limit;
-- the key is a hash that moves forward only: what comes late from an earlier window counts in the
-- present one when it is taken, and not at all when it is corrected.

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

local function take_quotas(quotas, tokens, now)
  for _, row in ipairs(quotas) do
    local use = read_quota(row)
    local requests, taken = use.requests + 1, use.tokens + tokens
    if use.is_new then
      call('HSET', row[1], 'window', row[2], 'requests', requests, 'tokens', taken,
        'reset_at', math.floor(row[3] / 1e6))
      expire_in(row[1], row[3] - now + WINDOW_GRACE_US)
    else
      call('HSET', row[1], 'requests', requests, 'tokens', taken)
    end
  end
end

local function correct_quotas(quotas, change)
  for _, row in ipairs(quotas) do
    local fields = call('HMGET', row[1], 'window', 'tokens')
    if fields[1] == row[2] then
      call('HSET', row[1], 'tokens', math.max(number(fields[2]) + change, 0))
    end
  end
end

-- Requests. ai:request:ID remembers what an admitted request has taken, until it is settled.

local function record_request(request, budgets, quotas, tokens, hold_us, lives_us)
  local record = 'ai:request:' .. request
  call('HSET', record, 'budgets', budgets, 'quotas', quotas, 'tokens', tokens,
    'hold_us', hold_us, 'taken', 0)
  expire_in(record, lives_us + UNSETTLED_US)
end

local function end_request(record, budgets, request)
  for _, row in ipairs(budgets) do
    change_hold(row[1], request, -held_by(row[1], request))
  end
  call('HSET', record, 'is_over', 1)
  expire_in(record, SETTLED_US)
end

-- Book an attempt; 0 when nobody knows the request. An attempt that is known is not booked again.
local function settle_attempt(request, attempt, cost, tokens, is_final, now)
  local record = 'ai:request:' .. request
  local fields = call('HMGET', record, 'budgets', 'quotas', 'tokens', 'is_over')
  if not fields[1] then
    return 0
  end
  if call('HSETNX', record, 'attempt:' .. attempt, cost) == 0 then
    return 1
  end
  local budgets, is_over = cjson.decode(fields[1]), fields[4]
  for _, row in ipairs(budgets) do
    let_lapse(row[1], now)
    call('HINCRBY', row[1], 'spent', cost)
    change_hold(row[1], request, -math.min(cost, held_by(row[1], request)))
    keep_budget(row, now)
  end
  local taken = call('HINCRBY', record, 'taken', tokens)
  if is_over then
    correct_quotas(cjson.decode(fields[2]), tokens)
  elseif is_final then
    correct_quotas(cjson.decode(fields[2]), taken - number(fields[3]))
    end_request(record, budgets, request)
  end
  return 1
end

