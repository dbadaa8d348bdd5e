"""State of one process, in memory: exact, and gone when the process ends."""
