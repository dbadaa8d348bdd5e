-- Store a breaker if nobody else did since it was read, and ring for the other instances.
-- ARGV: time, breaker's name, version it was read at (0: none), the new state as JSON.
-- Returns {1 when stored, version, state, time}; a stored value is "VERSION STATE".

local stored = call('HGET', 'ai:breakers', ARGV[2]) or '0 '
local version, state = string.match(stored, '^(%d+) (.*)$')
local now = read_time(ARGV[1])
if version ~= ARGV[3] then
  return {0, tonumber(version), state, now}
end
call('HSET', 'ai:breakers', ARGV[2], (version + 1) .. ' ' .. ARGV[4])
call('PUBLISH', 'ai:doorbell', 'breakers')
return {1, version + 1, ARGV[4], now}
