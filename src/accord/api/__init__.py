"""The HTTP API of a node: OpenAPI at `/api/openapi.json`, operations under `/api/v1`. It validates, calls an operation,
and answers."""

from accord.api.app import make_app
from accord.api.served import Served

__all__ = ["Served", "make_app"]
