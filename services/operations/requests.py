"""Single requests and what was stored of them."""

from __future__ import annotations

from dataclasses import replace

from services.domain.errors import NotFound
from services.domain.identity import Actor, Permission, require
from services.domain.ports import LedgerReader
from services.domain.requests import RequestDetail, RequestFilter, RequestPage

PAGE = 50


class Requests:
    """The reads behind the request lists and the page of one request."""

    def __init__(self, *, reader: LedgerReader) -> None:
        self._reader = reader

    def list_requests(
        self, actor: Actor, where: RequestFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RequestPage:
        """A page of requests, newest first; raises SourceDown."""
        require(actor, Permission.VIEW)
        asked = where.request_id
        where = where if asked is None else replace(where, request_id=_written(asked))
        return self._reader.list_requests(where, cursor, limit)

    def get_request(self, actor: Actor, request_id: str) -> RequestDetail:
        """One request with its steps and attempts; raises NotFound, SourceDown.

        Its stored texts are for those who may see the audit log.
        """
        require(actor, Permission.VIEW)
        detail = self._reader.get_request(_written(request_id))
        if detail is None:
            raise NotFound(
                f"There is no request {request_id!r} in the ledger. A request shows here within "
                "a second of its end; its id stands in the x-request-id header of its answer.",
                param="request_id",
            )
        if actor.may(Permission.VIEW_AUDIT):
            return detail
        return replace(detail, request_text=None, response_text=None)


def _written(request_id: str) -> str:
    """The id as the ledger writes it: people copy it with blanks, and tools in capitals."""
    return request_id.strip().lower()
