# SPDX-License-Identifier: Apache-2.0
"""All that this runtime does for Gatehouse: check the worker secret, read the token header."""

import hmac

from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_http_headers
from starlette.responses import PlainTextResponse


class WorkerSecret:
    """Refuses every HTTP request that does not come from the gateway."""

    def __init__(self, app, secret: str):
        self.app, self.secret = app, secret.encode()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"x-gateway-worker-secret", b"")
            if not hmac.compare_digest(given, self.secret):
                return await PlainTextResponse("This runtime answers its gateway only.\n", 401)(scope, receive, send)
        await self.app(scope, receive, send)


def downstream_token() -> str:
    """The token of the person whose request this is, for the API behind the tools."""
    token = get_http_headers().get("x-gateway-access-token")
    if not token:
        raise ToolError("The gateway sent no token for the Todo API.")
    return token
