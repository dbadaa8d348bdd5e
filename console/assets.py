"""Streamlit's scripts and styles, compressed once and kept in memory."""

from __future__ import annotations

import gzip
import mimetypes
from pathlib import Path

from anyio import Lock, to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope
from streamlit import file_util

PREFIX = "/static/"
SUFFIXES = {".css", ".js", ".json", ".map", ".svg"}
MINIMUM_BYTES = 1024
MAXIMUM_BYTES = 32 * 1024 * 1024
"""All compressed files together; what does not fit is left to Streamlit, uncompressed."""


class StaticAssets:
    """Answers requests for content-hashed files below one folder.

    Streamlit serves them uncompressed, as compressing each answer anew would cost more than it
    saves; compressed once, a first visit loads a quarter of the bytes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._compressed: dict[Path, bytes] = {}
        self._bytes = 0
        self._lock = Lock()

    @classmethod
    def of_streamlit(cls) -> StaticAssets:
        """The files that come with the installed Streamlit."""
        return cls(Path(file_util.get_static_dir()) / "static")

    async def find(self, scope: Scope) -> Response | None:
        """The compressed file that is asked for; None leaves the request to Streamlit."""
        headers = Headers(scope=scope)
        if scope["method"] != "GET" or "range" in headers:
            return None
        if not scope["path"].startswith(PREFIX) or "gzip" not in headers.get("accept-encoding", ""):
            return None
        path = (self._folder / scope["path"].removeprefix(PREFIX)).resolve()
        if path.suffix not in SUFFIXES or not path.is_relative_to(self._folder):
            return None
        body = await self._compress(path)
        return None if body is None else _respond(path, body)

    async def _compress(self, path: Path) -> bytes | None:
        if path in self._compressed:
            return self._compressed[path]
        async with self._lock:
            if path not in self._compressed:
                body = await to_thread.run_sync(_read_compressed, path)
                if body is None or self._bytes + len(body) > MAXIMUM_BYTES:
                    return None
                self._compressed[path] = body
                self._bytes += len(body)
        return self._compressed[path]


def _read_compressed(path: Path) -> bytes | None:
    if not path.is_file() or path.stat().st_size < MINIMUM_BYTES:
        return None
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)


def _respond(path: Path, body: bytes) -> Response:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Response(
        body,
        media_type="text/javascript" if path.suffix == ".js" else kind,
        headers={
            "content-encoding": "gzip",
            "vary": "accept-encoding",
            # The file's name holds a hash of its content.
            "cache-control": "public, immutable, max-age=31536000",
        },
    )
