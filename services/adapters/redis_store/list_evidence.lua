-- ARGV: as JSON {names, first and last minute}. Returns {number of the name, field, value, ...}.

local wanted = cjson.decode(ARGV[1])
local found = {}
for index, name in ipairs(wanted[1]) do
  for minute = wanted[2], wanted[3] do
    local fields = call('HGETALL', evidence_key(name, 's', minute))
    for i = 1, #fields, 2 do
      found[#found + 1] = index
      found[#found + 1] = fields[i]
      found[#found + 1] = fields[i + 1]
    end
  end
end
return found
