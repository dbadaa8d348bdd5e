-- Requests whose holds lapsed before anybody said what they cost. ARGV: time, how many at most.

local now = read_time(ARGV[1])
let_lapse(now)
call('ZREMRANGEBYSCORE', UNSETTLED, '-inf', now - UNSETTLED_US)
return call('ZRANGE', UNSETTLED, 0, ARGV[2] - 1)
