"""Server-sent events out of raw bytes, one pass, without decoding text."""

from __future__ import annotations

from services.adapters.providers.wire import MAX_ANSWER_BYTES
from services.adapters.providers.wire_faults import Malformed

MAX_EVENT_BYTES = 4 * 2**20
"""A line longer than this is not an event of an answer."""


class EventDecoder:
    """The data of each event, whatever the pieces it arrives in.

    Bytes are cut at line ends only, so a character split over two pieces stays whole. Accepts CRLF,
    `data:` with and without a space, comments, other fields, and a last event without a blank line.

    Source: WHATWG HTML, section 9.2.6.
    """

    def __init__(self) -> None:
        self._size = 0
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """The events that this piece completes.

        Raises:
            Malformed: more than 4 MiB without a line end, or more than any answer in all.
        """
        self._size += len(piece)
        if self._size > MAX_ANSWER_BYTES:
            raise Malformed(f"more than {MAX_ANSWER_BYTES} bytes")
        lines = (self._rest + piece if self._rest else piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_EVENT_BYTES:
            raise Malformed(f"an event of more than {MAX_EVENT_BYTES} bytes")
        return self._take(lines)

    def end(self) -> list[bytes]:
        """The event that the end of the stream completes, if any."""
        rest, self._rest = self._rest, b""
        return self._take([rest, b""])

    def _take(self, lines: list[bytes]) -> list[bytes]:
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].strip())
            elif line in (b"", b"\r") and self._data:
                event = b"\n".join(self._data)
                self._data.clear()
                if event:
                    events.append(event)
        return events
