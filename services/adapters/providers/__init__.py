"""The places that answer calls, each behind the Provider port."""
