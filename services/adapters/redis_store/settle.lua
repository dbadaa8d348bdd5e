-- Book an attempt. ARGV: time, request, attempt, cost, tokens, "1" when the request is over.
-- Returns 0 when nobody knows the request.

local now = read_time(ARGV[1])
let_lapse(now)
return settle_attempt(
  ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1', now)
