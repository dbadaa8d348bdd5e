-- Tell quotas what the ledger says was taken of them. ARGV: time, "1" for what is told only before
-- the counters are rebuilt, JSON rows {key, window, end of the window, requests, tokens}.
-- Returns 0 when it came too late. A window that is there has counted everything itself.

local now = read_time(ARGV[1])
if ARGV[2] == '1' and read_epoch() then
  return 0
end
for _, row in ipairs(cjson.decode(ARGV[3])) do
  if read_quota(row).is_new then
    begin_quota(row, row[4], row[5], now)
  end
end
return 1
