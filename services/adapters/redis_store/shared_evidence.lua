-- Put before the scripts of evidence. A value is "n bad slow slower", of a second with its users too.

local call = redis.call
local COUNTS = 4

-- Seconds stand in one hash a minute, minutes in one an hour, hours in one a day.
local WIDTHS = {s = 60, m = 60, h = 24}
local function evidence_key(name, letter, group)
  return string.format('ai:evidence:%s:%s:%.0f', name, letter, group)
end

local function read_counts(value)
  local counts = {}
  for number in string.gmatch(value or '', '%S+') do
    counts[#counts + 1] = tonumber(number)
    if #counts == COUNTS then
      return counts
    end
  end
  return {0, 0, 0, 0}
end

