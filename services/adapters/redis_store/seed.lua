-- Tell budgets what the ledger says was spent in them; after a total loss this opens admissions.
-- ARGV: time, pause before they open, how long ago the ledger was asked, JSON rows {key, start of the
-- window, its end, amount}.
-- A window is told once. One that began after the rebuild has counted everything itself: it is told
-- only while it is empty (the budget is new).

local now = read_time(ARGV[1])
local rebuilt = read_epoch()
for _, row in ipairs(cjson.decode(ARGV[4])) do
  local key, starts, ends, amount = row[1], row[2], row[3], row[4]
  local is_partial = not rebuilt or starts < rebuilt or call('EXISTS', key) == 0
  if is_partial and call('HSETNX', key, 'seeded', now) == 1 then
    call('HINCRBY', key, 'spent', amount)
    keep_budget({key, 0, ends}, now)
  end
end
if not rebuilt then
  call('SET', 'ai:epoch', string.format('%.0f %.0f', now - ARGV[3], now + ARGV[2]))
end
return 1
