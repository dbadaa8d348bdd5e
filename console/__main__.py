"""python -m console: the console and the gateway in one process on one port."""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import TextIO

import uvicorn

from console.server import create_server_app
from services.bootstrap import Sluice
from services.bootstrap.process import settle_process
from services.settings import ConfigurationError, Settings, load_settings

SWITCH_INTERVAL_S = 0.0005
"""A busy page shares the interpreter with the event loop: short turns keep the gateway quick."""

WEBSOCKET_BYTES = 4 * 1024 * 1024
"""Browsers send widget values (at most 2 MB by .streamlit/config.toml) and their framing."""

STOP_S = 10


def main() -> int:
    """Serve until stopped; the exit code says what kept it from starting."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        _tell(str(error), sys.stderr)
        return 2
    listener = _listen(settings)
    if listener is None:
        return 1
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = create_server_app(settings, ready=lambda sluice: _settle(settings, sluice))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=WEBSOCKET_BYTES,
            ws_per_message_deflate=False,
            proxy_headers=bool(settings.ai_trusted_proxies),
            forwarded_allow_ips=list(settings.ai_trusted_proxies),
            timeout_graceful_shutdown=STOP_S,
        )
    )
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    return 0 if server.started else 1


def _listen(settings: Settings) -> socket.socket | None:
    """The port, taken before anything is started; None when that failed, and why is told."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        _tell(_explain(error, settings), sys.stderr)
        return None


def _explain(error: OSError, settings: Settings) -> str:
    place = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"Sluice cannot start: {place} is in use by another program, perhaps another Sluice. "
            "Stop that one, or start this one with another PORT."
        )
    return (
        f"Sluice cannot start: it may not listen on {place} ({os.strerror(error.errno or 0)}). "
        "Set HOST and PORT to an address of this machine that it may use."
    )


def _settle(settings: Settings, sluice: Sluice) -> None:
    settle_process()
    _announce(settings, sluice)


def _announce(settings: Settings, sluice: Sluice) -> None:
    """Say where the console is, and how the first administrator gets in."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.port}"
    _tell(f"Sluice is ready: {url}", sys.stdout)
    token = sluice.accounts.create_link()
    if token is not None:
        _tell(
            "There is no administrator yet. This link makes the first one; it works once, for an "
            f"hour:\n  {url}/auth/first-start?token={token}",
            sys.stdout,
        )


def _tell(text: str, stream: TextIO) -> None:
    stream.write(f"{text}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
