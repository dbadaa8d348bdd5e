"""The command line: the operations for the person at the host."""

from services.cli.app import main

__all__ = ["main"]
