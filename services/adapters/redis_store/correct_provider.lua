-- Count what an attempt really took of its provider's minute. ARGV: provider, attempt, tokens.
-- Returns 0 once the attempt has left the minute.

local taken, field = 'ai:tokens:provider:' .. ARGV[1] .. ':taken', 'of:' .. ARGV[2]
local before = call('HGET', taken, field)
if not before then
  return 0
end
call('HINCRBY', taken, 'total', tonumber(ARGV[3]) - before)
call('HSET', taken, field, ARGV[3])
return 1
