-- Say again what an instance knows of a request, after an outage: what Redis knows stays as it is.
-- ARGV: time, request, budgets, quotas (both empty: settle it if it is known), tokens, whole time
-- of its hold, amount it held before any settlement, time its hold still has, age of its end (empty:
-- it runs), settlements as JSON rows {attempt, cost, tokens, is final}.
-- Returns 0 after a total loss that is not rebuilt yet.

-- What ended longer than this before a rebuild is in the ledger that the rebuild read.
local SHIPPED_US = 1e6

local now, request = read_time(ARGV[1]), ARGV[2]
local amount, left_us = tonumber(ARGV[7]), tonumber(ARGV[8])
local rebuilt = read_epoch()
if not rebuilt then
  return 0
end
if call('EXISTS', 'ai:request:' .. request) == 0 then
  local is_in_ledger = ARGV[9] ~= '' and now - tonumber(ARGV[9]) < rebuilt - SHIPPED_US
  if ARGV[3] == '' or is_in_ledger then
    return 1
  end
  local held = left_us > 0 and amount or 0
  record_request(request, ARGV[3], ARGV[4], ARGV[5], held, ARGV[6], now + left_us, now)
  take_quotas(cjson.decode(ARGV[4]), tonumber(ARGV[5]), now)
  add_held(cjson.decode(ARGV[3]), held, now)
end
let_lapse(now)
for _, row in ipairs(cjson.decode(ARGV[10])) do
  settle_attempt(request, row[1], row[2], row[3], row[4], now)
end
return 1
