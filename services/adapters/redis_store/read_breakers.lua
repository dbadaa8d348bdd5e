-- ARGV: time. Returns {time, breaker's name, "VERSION STATE", ...}.

local found = call('HGETALL', 'ai:breakers')
table.insert(found, 1, read_time(ARGV[1]))
return found
