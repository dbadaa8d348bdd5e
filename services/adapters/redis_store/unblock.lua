-- Forget a user's violations. ARGV: time, user. Returns 1 when the user was blocked.

local key = 'ai:abuse:user:' .. ARGV[2]
local blocked_until = number(call('GET', key .. ':blocked'))
call('DEL', key .. ':blocked', key .. ':cooldown', key .. ':violations', key .. ':refused')
call('ZREM', 'ai:abuse:blocked', ARGV[2])
return blocked_until > read_time(ARGV[1]) and 1 or 0
