"""A running real model: how to start one, reach it, and read what it counted itself."""

import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START = Path(__file__).with_name("start_real_llm.sh")
CANNOT_RUN_HERE = 69


class CannotRunHereError(Exception):
    """This machine has not what the prebuilt server needs."""


@dataclass(frozen=True)
class RealLlm:
    """Where the model answers (`url` ends before /v1), with which key, under which name."""

    url: str
    key: str
    model: str


@dataclass(frozen=True)
class TokenCounts:
    """Tokens since the server's start; `prompt` leaves out those that `cached_prompt` counts."""

    prompt: int
    cached_prompt: int
    predicted: int


def read_token_counts(llm: RealLlm) -> TokenCounts:
    """Read the server's own count of tokens, which is independent of any `usage` it reported."""
    request = urllib.request.Request(
        f"{llm.url}/metrics", headers={"Authorization": f"Bearer {llm.key}"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        lines = response.read().decode().splitlines()
    samples = dict(line.split(" ", 1) for line in lines if not line.startswith("#"))
    return TokenCounts(
        prompt=int(float(samples["llamacpp:prompt_tokens_total"])),
        cached_prompt=int(float(samples["llamacpp:prompt_tokens_cached_total"])),
        predicted=int(float(samples["llamacpp:tokens_predicted_total"])),
    )


@contextmanager
def running_llm(lab_dir: Path) -> Iterator[RealLlm]:
    """Run the server while the block runs.

    Args:
        lab_dir: where its virtualenv and logs are kept and found again by the next start.

    Raises:
        CannotRunHereError: the machine has not the processor or system that it needs.
        RuntimeError: it could have started and did not.
    """
    started = subprocess.run(
        [START],
        env={**os.environ, "LAB_DIR": str(lab_dir), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    if started.returncode == CANNOT_RUN_HERE:
        raise CannotRunHereError(started.stderr.strip())
    if started.returncode != 0:
        raise RuntimeError(started.stderr.strip())
    values = dict(line.split("=", 1) for line in shlex.split(started.stdout))
    try:
        yield RealLlm(values["REALLLM_URL"], values["REALLLM_KEY"], values["REALLLM_MODEL"])
    finally:
        os.kill(int(values["REALLLM_PID"]), signal.SIGTERM)
