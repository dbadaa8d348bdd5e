-- Add up a window. ARGV: as JSON {names, first and last second, minute and hour of its parts}; a part
-- that is empty ends before it begins.
-- Returns {n, bad, slow, slower} of each name, flat.

local wanted = cjson.decode(ARGV[1])
local names, parts = wanted[1], wanted[2]
local LETTERS = {'s', 'm', 'h'}

local function add_part(total, name, letter, first, last)
  local width = WIDTHS[letter]
  for group = math.floor(first / width), math.floor(last / width) do
    local fields = call('HGETALL', evidence_key(name, letter, group))
    for i = 1, #fields, 2 do
      local at = tonumber(string.match(fields[i], '^%d+'))
      if at >= first and at <= last then
        local counts = read_counts(fields[i + 1])
        for k = 1, COUNTS do
          total[k] = total[k] + counts[k]
        end
      end
    end
  end
end

local found = {}
for _, name in ipairs(names) do
  local total = read_counts(false)
  for index, part in ipairs(parts) do
    if part[1] <= part[2] then
      add_part(total, name, LETTERS[index], part[1], part[2])
    end
  end
  for k = 1, COUNTS do
    found[#found + 1] = total[k]
  end
end
return found
