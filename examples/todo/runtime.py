# SPDX-License-Identifier: Apache-2.0
"""A FastMCP runtime whose tools call the Todo API as the person who asked."""

import argparse
import asyncio
import os
import socket

import httpx2
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_http_headers
from starlette.middleware import Middleware

from gatehouse_adapter import WorkerSecret, downstream_token

mcp = FastMCP("Todo", instructions="The Todo list of the person who is signed in.")


async def call_api(method: str, path: str, **options):
    headers = {"Authorization": f"Bearer {downstream_token()}"}
    try:
        async with httpx2.AsyncClient(base_url=os.environ["TODO_API"], timeout=20) as client:
            answer = await client.request(method, path, headers=headers, **options)
    except httpx2.TransportError:
        raise ToolError("The Todo API cannot be reached.") from None
    if answer.is_error:
        body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        raise ToolError(f"The Todo API refused: {body.get('error_description') or body.get('error') or answer.status_code}")
    return answer.json() if answer.content else None


@mcp.tool(annotations={"title": "List todos", "readOnlyHint": True})
async def list_todos() -> list[dict]:
    """The todos of the person who is signed in."""
    return (await call_api("GET", "/todos"))["todos"]


@mcp.tool(annotations={"title": "Add a todo", "destructiveHint": False})
async def add_todo(title: str) -> dict:
    """Adds a todo to the list."""
    return await call_api("POST", "/todos", json={"title": title})


@mcp.tool(annotations={"title": "Complete a todo", "destructiveHint": False, "idempotentHint": True})
async def complete_todo(id: int) -> dict:
    """Marks a todo as done."""
    return await call_api("POST", f"/todos/{id}/complete")


@mcp.tool(annotations={"title": "Delete a todo", "destructiveHint": True, "idempotentHint": True})
async def delete_todo(id: int) -> str:
    """Removes a todo for good."""
    await call_api("DELETE", f"/todos/{id}")
    return f"Todo {id} is gone."


@mcp.tool(annotations={"title": "Who am I", "readOnlyHint": True})
async def whoami() -> dict:
    """Who is asking: what the gateway says, and what the Todo API says."""
    headers = get_http_headers()
    names = ("user", "email", "client", "scope")
    return {
        "gateway": {name: headers.get(f"x-gateway-{name}") for name in names},
        "todo_api": await call_api("GET", "/me"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9000, help="0: any free port; the address is printed")
    given = parser.parse_args()
    # Bound here, so that the address can be printed before the first request.
    listener = socket.create_server(("127.0.0.1", given.port))
    port = listener.getsockname()[1]
    guard = Middleware(WorkerSecret, secret=os.environ["TODO_WORKER_SECRET"])
    print(f"Todo runtime on http://127.0.0.1:{port}/mcp", flush=True)
    asyncio.run(
        mcp.run_http_async(
            host="127.0.0.1",
            port=port,
            path="/mcp",
            sockets=[listener],
            middleware=[guard],
            host_origin_protection="auto",  # only its own address as Host: no page in a browser gets in
            show_banner=False,
        )
    )


if __name__ == "__main__":
    main()
