-- Keep what instances counted. ARGV: seconds kept, totals kept (in s), then as JSON rows
-- {name, second, instance, n, bad, slow, slower, users as text}. A row says all that its instance
-- counted in that second, so that saying it again, or more of it, changes nothing twice.

local seconds_kept, totals_kept = tonumber(ARGV[1]), tonumber(ARGV[2])

local function add(key, field, change)
  local known = read_counts(call('HGET', key, field))
  for i = 1, COUNTS do
    known[i] = known[i] + change[i]
  end
  call('HSET', key, field, table.concat(known, ' '))
  call('EXPIRE', key, totals_kept)
end

for _, row in ipairs(cjson.decode(ARGV[3])) do
  local name, second, instance = row[1], row[2], row[3]
  local minute, hour = math.floor(second / 60), math.floor(second / 3600)
  local key, field = evidence_key(name, 's', minute), second .. ' ' .. instance
  local before, change, now = read_counts(call('HGET', key, field)), {}, {}
  for i = 1, COUNTS do
    now[i] = row[3 + i]
    change[i] = now[i] - before[i]
  end
  -- What was said before may come late, after more was said.
  if change[1] > 0 then
    call('HSET', key, field, table.concat(now, ' ') .. ' ' .. row[4 + COUNTS])
    call('EXPIRE', key, seconds_kept + 120)
    add(evidence_key(name, 'm', hour), minute, change)
    add(evidence_key(name, 'h', math.floor(hour / 24)), hour, change)
  end
end
return 1
