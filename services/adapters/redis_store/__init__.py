"""State that a fleet shares, in one Redis: counters, breakers, the kill register, the doorbell."""
