"""Runs every drill of this folder whole and keeps what it prints in bench/results.

    python -m bench.drills [NAME...]

A drill is a module here with a `main`: alone, without arguments, it runs whole, prints its table,
and ends with an error where a bar is missed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parent / "results"


def list_drills() -> list[str]:
    """The names of all drills."""
    files = (path for path in FOLDER.glob("*.py") if not path.name.startswith("_"))
    return sorted(path.stem for path in files if "\ndef main(" in path.read_text("utf-8"))


def run(name: str) -> bool:
    """Run one, showing and keeping its figures; whether it met its bars."""
    print(f"== {name}", flush=True)
    command = [sys.executable, "-m", f"bench.drills.{name}"]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    (RESULTS / f"{name}.txt").write_text("".join(lines), "utf-8")
    return process.returncode == 0


def main() -> None:
    """Run those named, or all."""
    names = sys.argv[1:] or list_drills()
    missed = [name for name in names if not run(name)]
    if missed:
        raise SystemExit(f"missed a bar: {', '.join(missed)}")


if __name__ == "__main__":
    main()
