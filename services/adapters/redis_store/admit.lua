-- Take everything a request wants, or nothing; find its cached answer.
-- ARGV: time, demand, budgets, quotas (JSON, see demands.py).
-- Returns {"lost"} after a total loss, else {refusal or "", which of its kind, allowance, wait,
-- cached answer or nil, left and wait per rate, kind and which of it per limit in shadow that would
-- have refused}.

local now = read_time(ARGV[1])
local demand, budgets, quotas = cjson.decode(ARGV[2]), cjson.decode(ARGV[3]), cjson.decode(ARGV[4])
local passed = {}

-- A limit without room that is in shadow lets the request pass; only its name is told.
local function lets_pass(is_shadow, kind, index)
  if is_shadow then
    passed[#passed + 1] = kind
    passed[#passed + 1] = index
  end
  return is_shadow
end

-- Refused calls of a cooling user are violations; enough of them block.
local function violate(abuse)
  local list = abuse.key .. ':violations'
  local first = call('LINDEX', list, 0)
  while first and number(first) + abuse.within <= now do
    call('LPOP', list)
    first = call('LINDEX', list, 0)
  end
  if call('RPUSH', list, now) < abuse.violations then
    expire_in(list, abuse.within + MARGIN_US)
    return false
  end
  call('SET', abuse.key .. ':refused', call('LLEN', list))
  expire_in(abuse.key .. ':refused', abuse.block + MARGIN_US)
  call('DEL', list)
  call('SET', abuse.key .. ':blocked', now + abuse.block)
  expire_in(abuse.key .. ':blocked', abuse.block + MARGIN_US)
  call('ZREMRANGEBYSCORE', 'ai:abuse:blocked', '-inf', now)
  call('ZADD', 'ai:abuse:blocked', now + abuse.block, abuse.id)
  expire_in('ai:abuse:blocked', abuse.block + MARGIN_US)
  return true
end

local function judge_abuse()
  local abuse = demand.abuse
  if not abuse then
    return nil
  end
  local times = call('MGET', abuse.key .. ':blocked', abuse.key .. ':cooldown')
  local refusal
  if number(times[1]) > now then
    call('INCR', abuse.key .. ':refused')
    expire_in(abuse.key .. ':refused', times[1] - now + MARGIN_US)
    refusal = {'blocked', 0, abuse.violations, times[1] - now}
  elseif number(times[2]) <= now then
    return nil
  elseif violate(abuse) then
    refusal = {'blocked', 0, abuse.violations, abuse.block}
  else
    refusal = {'cooldown', 0, abuse.violations, times[2] - now}
  end
  return not lets_pass(abuse.shadow, 'blocked', 0) and refusal or nil
end

-- A rate is {key, requests, window, is the user's own, is in shadow, is the key's longest, its name
-- where it is one caller's own, or false}; its key is a sorted set of all admissions, one for all
-- windows of the key, the longest of them first. Room comes when the newest but `requests` leaves
-- the window.
local function rate_wait(rate)
  if rate[2] <= 0 then
    return rate[3]
  end
  if rate[6] then
    call('ZREMRANGEBYSCORE', rate[1], '-inf', now - rate[3])
    rate.count = call('ZCARD', rate[1])
  else
    rate.count = call('ZCOUNT', rate[1], string.format('(%.0f', now - rate[3]), '+inf')
  end
  if rate.count < rate[2] then
    return 0
  end
  local found = call('ZREVRANGE', rate[1], rate[2] - 1, rate[2] - 1, 'WITHSCORES')
  return math.max(found[2] + rate[3] - now, 0)
end

local function judge_rates()
  local longest, which, is_own = 0, 0, false
  for index, rate in ipairs(demand.rates) do
    local wait = rate_wait(rate)
    rate.is_full = wait > 0
    if rate.is_full and not lets_pass(rate[5], 'rate', index) then
      is_own = is_own or rate[4]
      if wait > longest then
        longest, which = wait, index
      end
    end
  end
  if which == 0 then
    return nil
  end
  -- Whoever cools down already, in shadow, does so no longer.
  if is_own and demand.abuse and passed[1] ~= 'blocked' then
    call('SET', demand.abuse.key .. ':cooldown', now + demand.abuse.cooldown)
    expire_in(demand.abuse.key .. ':cooldown', demand.abuse.cooldown + MARGIN_US)
    if not demand.abuse.shadow then
      longest = math.max(longest, demand.abuse.cooldown)
    end
  end
  -- Whoever waits as told has cooled down as well.
  return {'rate', which, demand.rates[which][2], longest}
end

-- A bucket is {key, refill time of a token, burst, tokens a minute, is in shadow}; kept as the time
-- at which it is full again (GCRA, ITU-T I.371).
local function judge_buckets()
  local longest, which = 0, 0
  for index, bucket in ipairs(demand.buckets) do
    local wait = 60e6
    if bucket[2] > 0 and bucket[3] > 0 then
      bucket.full_at = number(call('GET', bucket[1]))
      wait = bucket.full_at - (bucket[3] - 1) * bucket[2] - now
    end
    bucket.is_full = wait > 0
    if wait > longest and not lets_pass(bucket[5], 'bucket', index) then
      longest, which = wait, index
    end
  end
  return which > 0 and {'bucket', which, demand.buckets[which][4], longest} or nil
end

local function exceeded(row, tokens)
  local use = read_quota(row)
  if row[4] >= 0 and use.requests + 1 > row[4] then
    return row[4]
  end
  if row[5] >= 0 and tokens > 0 and use.tokens + tokens > row[5] then
    return row[5]
  end
  return nil
end

local function judge_counts(tokens)
  return judge_quotas(
    quotas,
    function(row) return exceeded(row, tokens) end,
    function(is_shadow, index) return lets_pass(is_shadow, 'quota', index) end,
    now)
end

local function judge_money()
  if demand.hold > 0 then
    let_lapse(now)
  end
  return judge_budgets(
    budgets,
    demand.hold,
    0,
    function(is_shadow, index) return lets_pass(is_shadow, 'budget_spent', index) end,
    now)
end

-- What a limit in shadow would have refused is not taken from it: so the refusals it tells are those
-- that it would make. Quotas and budgets count what really happens.
local function take_rates()
  for _, rate in ipairs(demand.rates) do
    if rate[6] and not rate.is_full then
      call('ZADD', rate[1], now, demand.id)
      expire_in(rate[1], rate[3] + MARGIN_US)
    end
  end
end

local function take_buckets()
  for _, bucket in ipairs(demand.buckets) do
    if not bucket.is_full then
      local full_at = math.max(bucket.full_at, now) + bucket[2]
      call('SET', bucket[1], full_at, 'PX', math.ceil((full_at - now + MARGIN_US) / 1000))
    end
  end
end

-- Whoever is near a limit of their own, refused or not, is noted for operators: ai:near:LIMIT is a
-- sorted set of {key, what is allowed} by when that is over at the latest.
local function note(limit, ends, caller)
  local near = 'ai:near:' .. limit
  call('ZREMRANGEBYSCORE', near, '-inf', now)
  call('ZADD', near, ends, cjson.encode(caller))
  expire_in(near, ends - now + MARGIN_US)
end

local function is_near(used, allowed)
  return allowed > 0 and used * 100 >= demand.near * allowed
end

local function note_near(taken, tokens)
  for _, rate in ipairs(demand.rates) do
    if rate[7] and rate.count and is_near(rate.count + taken, rate[2]) then
      note(rate[7], now + rate[3], {rate[1], rate[2]})
    end
  end
  for _, row in ipairs(quotas) do
    local use = row[7] and row.use
    if use and (is_near(use.requests + taken, row[4]) or is_near(use.tokens + tokens, row[5])) then
      note(row[7], row[3], {row[1], row[4], row[5]})
    end
  end
end

local function remaining_after_taking()
  local found = {}
  for _, rate in ipairs(demand.rates) do
    found[#found + 1] = math.max(rate[2] - (rate.count or 0) - 1, 0)
    found[#found + 1] = rate[3]
  end
  return found
end

local function remaining()
  local found = {}
  for _, rate in ipairs(demand.rates) do
    local after = string.format('(%.0f', now - rate[3])
    local newest = call('ZREVRANGE', rate[1], 0, 0, 'WITHSCORES')[2]
    found[#found + 1] = math.max(rate[2] - call('ZCOUNT', rate[1], after, '+inf'), 0)
    found[#found + 1] = newest and math.max(newest + rate[3] - now, 0) or 0
  end
  return found
end

local _, opens = read_epoch()
if not opens or opens > now then
  return {'lost'}
end
local cached = demand.cache and call('GET', demand.cache)
local tokens = cached and 0 or demand.tokens
local refusal = judge_abuse() or judge_rates() or judge_buckets() or judge_counts(tokens)
if not refusal and not cached then
  refusal = judge_money()
end
if refusal then
  note_near(0, 0)
  return {refusal[1], refusal[2], refusal[3], refusal[4], false, remaining(), {}}
end
take_rates()
take_buckets()
take_quotas(quotas, tokens, now)
note_near(1, tokens)
if not cached then
  add_held(budgets, demand.hold, now)
  record_request(
    demand.id, ARGV[3], ARGV[4], tokens, demand.hold, demand.hold_us, now + demand.hold_us, now)
end
return {'', 0, 0, 0, cached or false, remaining_after_taking(), passed}
