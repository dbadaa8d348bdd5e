-- Keep a kill entry unless what is stored beats it, and ring for the other instances.
-- ARGV: scope, epoch, "1" when active, the entry as JSON. Returns 1 when it was stored.
-- The highest epoch wins, on a tie the active one. An entry nobody can read is replaced: stopping
-- now beats what it may have said.

local stored = call('HGET', 'ai:control:kill', ARGV[1])
local is_read, known = pcall(cjson.decode, stored or '')
if is_read and type(known) == 'table' and type(known.epoch) == 'number' then
  local epoch, is_active = tonumber(ARGV[2]), ARGV[3] == '1'
  local wins_tie = epoch == known.epoch and is_active and not known.is_active
  if epoch < known.epoch or (epoch == known.epoch and not wins_tie) then
    return 0
  end
end
call('HSET', 'ai:control:kill', ARGV[1], ARGV[4])
call('PUBLISH', 'ai:doorbell', 'control')
return 1
