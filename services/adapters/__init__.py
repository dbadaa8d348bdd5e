"""All I/O: each file speaks to one outside thing and implements ports of the domain."""
