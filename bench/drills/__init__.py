"""Drills: a promise is put under stress, and the figures say whether it held."""
