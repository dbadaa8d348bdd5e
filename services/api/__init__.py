"""HTTP: the gateway's /v1, the admin API, sign-in, health and metrics."""

from services.api.app import create_app

__all__ = ["create_app"]
