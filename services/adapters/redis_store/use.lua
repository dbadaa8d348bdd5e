-- What is used of limits; nothing is changed.
-- ARGV: time, window of providers, JSON {rates: {key, window}, buckets: keys, providers: names}.
-- Returns the count of each rate, the time until each bucket is full, and requests and tokens of
-- each provider's window.

local now, window, asked = read_time(ARGV[1]), tonumber(ARGV[2]), cjson.decode(ARGV[3])
local found = {}

local function count(key, within)
  return call('ZCOUNT', key, string.format('(%.0f', now - within), '+inf')
end

-- What has left the window is in the sum until the next attempt.
local function tokens_of(provider)
  local key = 'ai:tokens:provider:' .. provider
  local total = number(call('HGET', key .. ':taken', 'total'))
  for _, old in ipairs(call('ZRANGEBYSCORE', key, '-inf', now - window)) do
    total = total - number(call('HGET', key .. ':taken', 'of:' .. old))
  end
  return total
end

for _, rate in ipairs(asked.rates) do
  found[#found + 1] = count(rate[1], rate[2])
end
for _, key in ipairs(asked.buckets) do
  found[#found + 1] = math.max(number(call('GET', key)) - now, 0)
end
for _, provider in ipairs(asked.providers) do
  found[#found + 1] = count('ai:rate:provider:' .. provider, window)
  found[#found + 1] = tokens_of(provider)
end
return found
