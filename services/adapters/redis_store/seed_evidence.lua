-- Tell what the ledger knows, in place of what is here. ARGV: totals kept (in s), "m" for minutes or
-- "h" for hours, JSON rows {name, minute or hour, n, bad, slow, slower}.

local kept, letter = tonumber(ARGV[1]), ARGV[2]
for _, row in ipairs(cjson.decode(ARGV[3])) do
  local key = evidence_key(row[1], letter, math.floor(row[2] / WIDTHS[letter]))
  call('HSET', key, row[2], table.concat({row[3], row[4], row[5], row[6]}, ' '))
  call('EXPIRE', key, kept)
end
return 1
