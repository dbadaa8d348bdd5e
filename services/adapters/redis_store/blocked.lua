-- ARGV: time. Returns {user, until when, violations, user, until when, violations, ...}, the block
-- that lasts longest last.

local blocked = call('ZRANGEBYSCORE', 'ai:abuse:blocked',
  string.format('(%.0f', read_time(ARGV[1])), '+inf', 'WITHSCORES')
local found = {}
for i = 1, #blocked, 2 do
  found[#found + 1] = blocked[i]
  found[#found + 1] = blocked[i + 1]
  found[#found + 1] = number(call('GET', 'ai:abuse:user:' .. blocked[i] .. ':refused'))
end
return found
