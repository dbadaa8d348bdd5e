"""What benchmarks run on: servers in processes of their own, a gateway with all controls on, and
the call that is sent to them."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services import bootstrap
from services.domain.identity import host_actor
from services.settings import load_settings

TEXT = (
    "Öğretmenim, şu soruda takıldım: bir trenin hızı saatte 80 km ise 3 saatte kaç km gider? " * 11
)[:980] + " ali.veli@okul.com.tr"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running process."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """CPU seconds it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mb(self) -> float:
        """Resident memory in MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096 / 1e6


@dataclass(frozen=True)
class Gateway:
    """A running gateway, a key for it, and the token of its console's first sign-in."""

    server: Server
    key: str
    first_start: str


@contextmanager
def serve(module: Sequence[str], env: dict[str, str]) -> Iterator[Server]:
    """`python -m MODULE ...` on a free port, until the block is left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *module]
    if module[0] == "uvicorn":
        command += ["--port", str(port), "--log-level", "error", "--no-access-log"]
    environment = os.environ | env | {"PORT": str(port)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
    try:
        _wait(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def run_gateway(
    folder: Path, upstream_port: int, *, redis: str = "", with_console: bool = False
) -> Iterator[Gateway]:
    """A gateway that calls the upstream, with every control on and no limit reached."""
    env = {
        "AI_DATA_DIR": str(folder),
        "AI_PROVIDER": "vllm",
        "VLLM_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1",
        "VLLM_MODELS": "bench",
        "AI_ROLLOUT_STAGE": "general",
        "AI_LOG_RESPONSES": "false",
        **dict.fromkeys(("AI_RPM", "AI_RPH", "AI_USER_RPM", "AI_USER_RPH"), "100000000"),
        **dict.fromkeys(("AI_ADDRESS_RPM", "AI_FEATURE_RPM", "AI_FEATURE_BURST"), "100000000"),
        **dict.fromkeys(
            (
                "AI_USER_DAILY_TOKENS", "AI_USER_DAILY_REQUESTS",
                "AI_USER_MONTHLY_TOKENS", "AI_USER_MONTHLY_REQUESTS",
            ),
            "1000000000000",
        ),
        **({"REDIS_URL": redis} if redis else {}),
    }  # fmt: skip
    os.environ.update(env)
    sluice = bootstrap.build(load_settings(), kind="cli", call=asyncio.run)
    made = sluice.keys.create(
        host_actor("bench"),
        name="bench",
        scopes=["ai:generate"],
        feature="question_hint",
        may_assert=["user"],
    )
    command = ("console",) if with_console else ("uvicorn", "services.api:create_app", "--factory")
    with serve(command, env) as server:
        yield Gateway(server, made.token, sluice.accounts.create_link() or "")


def call_body(*, streamed: bool) -> bytes:
    """1 KB of Turkish text with one e-mail address in it."""
    body = {
        "model": "auto",
        "user": "user-1",
        "temperature": 0.7,
        "messages": [{"role": "user", "content": TEXT}],
        **({"stream": True} if streamed else {}),
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")
