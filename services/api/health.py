"""/health and /metrics: what load balancers, probes and Prometheus ask."""

from __future__ import annotations

import hmac
import ipaddress

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from services.api.access import get_sluice
from services.bootstrap import RELEASE, Sluice
from services.domain.errors import Unauthenticated

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def is_live() -> JSONResponse:
    """The process runs."""
    return JSONResponse({"status": "live"})


@router.get("/health")
@router.get("/health/ready")
async def is_ready(request: Request) -> JSONResponse:
    """Every place that holds a kill was read, and the control state is known."""
    try:
        sluice = get_sluice(request)
    except RuntimeError:
        return JSONResponse({"status": "starting"}, 503)
    ready = sluice.is_ready()
    body = {
        "status": "ready" if ready else "starting",
        "version": RELEASE,
        "revision": sluice.live.snapshot.revision,
        "kill_switch": [entry.scope for entry in sluice.live.register.active],
    }
    return JSONResponse(body, 200 if ready else 503)


@router.get("/metrics", include_in_schema=False)
def show_metrics(request: Request) -> Response:
    """Prometheus metrics: open on this machine, elsewhere by AI_METRICS_TOKEN."""
    sluice = get_sluice(request)
    _require_metrics_token(request, sluice)
    return Response(sluice.metrics.render(), media_type=sluice.metrics.CONTENT_TYPE)


def _require_metrics_token(request: Request, sluice: Sluice) -> None:
    token = sluice.settings.ai_metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token is not None and hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
        return
    is_proxied = "x-forwarded-for" in request.headers
    address = request.client.host if request.client else ""
    if token is None and not is_proxied and _is_loopback(address):
        return
    raise Unauthenticated(
        "Metrics are open on this machine only: set AI_METRICS_TOKEN and send it as a bearer "
        "token.",
        code="metrics_token_missing",
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
