"""A real redis-server in a process of its own, and time that Redis follows."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import redis

from services.domain.policy import REDIS_MOST_WAIT_S
from tests.clock import FakeClock

BUSY_S = REDIS_MOST_WAIT_S
"""So long a Redis may be silent that only shares a busy machine with others."""

_READY_WITHIN_S = 10.0
_MANY = ("--databases", "1000")

# Keys live by the server's clock, which no test can move: they are made as much older instead.
_AGE = """
local cursor = '0'
repeat
  local found = redis.call('SCAN', cursor, 'COUNT', 1000)
  cursor = found[1]
  for _, key in ipairs(found[2]) do
    local left = redis.call('PTTL', key)
    if left >= 0 then redis.call('PEXPIRE', key, left - ARGV[1]) end
  end
until cursor == '0'
"""


class RedisServer:
    """One server on a free port: `with RedisServer(program, folder) as server: ...`.

    Args:
        is_kept: keep what it holds over a restart (an append-only file).
    """

    def __init__(self, program: Path, folder: Path, *, is_kept: bool = False) -> None:
        self._program = program
        self._folder = folder
        self._is_kept = is_kept
        self._port = _free_port()
        self._numbers = itertools.count(1)
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis(port=self._port, decode_responses=True, protocol=2)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.client.close()

    def start(self) -> None:
        """Start it, again if need be, and wait until it answers."""
        kept = ("--appendonly", "yes", "--appendfsync", "always") if self._is_kept else ()
        self._process = subprocess.Popen(
            [self._program, "--port", str(self._port), "--save", "", *_MANY, *kept],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _READY_WITHIN_S
        while True:
            try:
                self.client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            else:
                return

    def new_database(self) -> str:
        """The URL of an empty database of its own; only its channels are shared."""
        return f"redis://127.0.0.1:{self._port}/{next(self._numbers)}"

    def kill(self) -> None:
        """End it as the kernel does when memory runs out; does nothing when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Stop it without closing anything: it neither answers nor refuses."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class RedisClock(FakeClock):
    """A clock moved by hand that makes the keys of a Redis older, too."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__()
        self._age = client.register_script(_AGE)

    def advance(self, seconds: float) -> None:
        self.advance_alone(seconds)
        self._age(args=[round(seconds * 1000)])

    def advance_alone(self, seconds: float) -> None:
        """Let time pass while no Redis runs."""
        super().advance(seconds)

    def micros(self) -> int:
        """The time that scripts are given."""
        return round(self.now().timestamp() * 1_000_000)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
