"""Pure rules and values: no clock, no randomness, no I/O, no environment."""
