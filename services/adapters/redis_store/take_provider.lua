-- Take an attempt's request and tokens from a provider's minute, or nothing.
-- ARGV: time, provider, attempt, window, requests allowed, "1" in shadow, tokens allowed, "1" in
-- shadow, tokens (-1 allowed: no limit).
-- Returns {0 or the limit that refuses (1 requests, 2 tokens), wait, 1 when requests in shadow have
-- no room, 1 when tokens in shadow have none}.

local now, attempt, window = read_time(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local rate_key, token_key = 'ai:rate:provider:' .. ARGV[2], 'ai:tokens:provider:' .. ARGV[2]
local requests, allowed, wanted = tonumber(ARGV[5]), tonumber(ARGV[7]), tonumber(ARGV[9])

local function request_wait()
  if requests < 0 then
    return 0
  end
  call('ZREMRANGEBYSCORE', rate_key, '-inf', now - window)
  local found = call('ZREVRANGE', rate_key, requests - 1, requests - 1, 'WITHSCORES')
  return found[2] and math.max(found[2] + window - now, 0) or 0
end

-- The sorted set tells when each attempt began, KEY:taken how many tokens it has, and their sum.
local function forget_tokens()
  local taken = token_key .. ':taken'
  for _, old in ipairs(call('ZRANGEBYSCORE', token_key, '-inf', now - window)) do
    call('HINCRBY', taken, 'total', -number(call('HGET', taken, 'of:' .. old)))
    call('HDEL', taken, 'of:' .. old)
  end
  call('ZREMRANGEBYSCORE', token_key, '-inf', now - window)
end

-- What is larger than the limit fits alone.
local function token_wait()
  if allowed < 0 then
    return 0
  end
  forget_tokens()
  local taken = token_key .. ':taken'
  local excess = number(call('HGET', taken, 'total')) + math.min(wanted, allowed) - allowed
  local place = 0
  while excess > 0 do
    local found = call('ZRANGE', token_key, place, place, 'WITHSCORES')
    if not found[1] then
      return 0
    end
    excess = excess - number(call('HGET', taken, 'of:' .. found[1]))
    if excess <= 0 then
      return math.max(found[2] + window - now, 0)
    end
    place = place + 1
  end
  return 0
end

local for_request, for_tokens = request_wait(), token_wait()
local request_passes = for_request > 0 and ARGV[6] == '1'
local tokens_pass = for_tokens > 0 and ARGV[8] == '1'
if request_passes then
  for_request = 0
end
if tokens_pass then
  for_tokens = 0
end
if for_request > 0 or for_tokens > 0 then
  return {for_request >= for_tokens and 1 or 2, math.max(for_request, for_tokens), 0, 0}
end
if requests >= 0 and not request_passes then
  call('ZADD', rate_key, now, attempt)
  expire_in(rate_key, window + MARGIN_US)
end
if allowed >= 0 and not tokens_pass then
  call('ZADD', token_key, now, attempt)
  call('HSET', token_key .. ':taken', 'of:' .. attempt, wanted)
  call('HINCRBY', token_key .. ':taken', 'total', wanted)
  expire_in(token_key, window + MARGIN_US)
  expire_in(token_key .. ':taken', window + MARGIN_US)
end
return {0, 0, request_passes and 1 or 0, tokens_pass and 1 or 0}
