# SPDX-License-Identifier: Apache-2.0
"""A small Todo API, protected by its own authorization server (todo_auth.py).

GET    /todos                  todos.read     the person's own list
POST   /todos {"title": …}     todos.write
POST   /todos/{id}/complete    todos.write
DELETE /todos/{id}             todos.write
GET    /me                     any scope      whose token this is
"""

import argparse
import asyncio
import os
import socket
import sqlite3
from dataclasses import dataclass
from functools import partial

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from todo_auth import PEOPLE, AuthorizationServer, Faults, Settings

SCHEMA = """
CREATE TABLE IF NOT EXISTS todos (id INTEGER PRIMARY KEY, sub TEXT, title TEXT, done INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS todos_by_person ON todos (sub);
"""


def bearer_problem(status: int, error: str, description: str) -> Response:
    challenge = f'Bearer error="{error}", error_description="{description}"'
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status, {"WWW-Authenticate": challenge})


@dataclass
class Introspection:
    """Where the API asks about tokens when another authorization server issues them (RFC 7662)."""

    url: str
    client_id: str
    client_secret: str

    async def find_access_token(self, token: str) -> dict | None:
        async with httpx2.AsyncClient(timeout=10) as client:
            answer = await client.post(self.url, data={"token": token}, auth=(self.client_id, self.client_secret))
        facts = answer.raise_for_status().json()
        return {"sub": facts["sub"], "scopes": set(facts.get("scope", "").split())} if facts.get("active") else None


class TodoApi:
    def __init__(self, database: sqlite3.Connection, own_tokens: AuthorizationServer, introspection: Introspection | None):
        self.database, self.own_tokens, self.introspection = database, own_tokens, introspection
        database.executescript(SCHEMA)
        if not database.execute("SELECT 1 FROM todos").fetchone():
            self.add(PEOPLE["alice"]["sub"], "Water the plants")
            self.add(PEOPLE["bob"]["sub"], "Book the train")

    def routes(self) -> list[Route]:
        guarded = lambda scope, action: partial(self.guard, scope, action)  # noqa: E731
        return [
            Route("/todos", guarded("todos.read", self.list_todos), methods=["GET"]),
            Route("/todos", guarded("todos.write", self.add_todo), methods=["POST"]),
            Route("/todos/{id:int}/complete", guarded("todos.write", self.complete_todo), methods=["POST"]),
            Route("/todos/{id:int}", guarded("todos.write", self.delete_todo), methods=["DELETE"]),
            Route("/me", guarded(None, self.me), methods=["GET"]),
        ]

    async def guard(self, scope: str | None, action, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        tokens = self.introspection or self.own_tokens
        found = tokens.find_access_token(token) if scheme.lower() == "bearer" else None
        if asyncio.iscoroutine(found):
            found = await found
        if not found:
            return bearer_problem(401, "invalid_token", "the access token is missing, expired or unknown")
        if scope and scope not in found["scopes"]:
            return bearer_problem(403, "insufficient_scope", f"{scope} is needed")
        return await action(request, found["sub"])

    def add(self, sub: str, title: str) -> int:
        return self.database.execute("INSERT INTO todos (sub, title) VALUES (?, ?)", (sub, title)).lastrowid

    def find(self, sub: str, todo_id: int) -> dict | None:
        row = self.database.execute(
            "SELECT id, title, done FROM todos WHERE id = ? AND sub = ?", (todo_id, sub)
        ).fetchone()
        return {"id": row["id"], "title": row["title"], "done": bool(row["done"])} if row else None

    async def list_todos(self, _request: Request, sub: str) -> Response:
        rows = self.database.execute("SELECT id FROM todos WHERE sub = ? ORDER BY id", (sub,)).fetchall()
        return JSONResponse({"todos": [self.find(sub, row["id"]) for row in rows]})

    async def add_todo(self, request: Request, sub: str) -> Response:
        try:
            title = (await request.json())["title"].strip()
        except (ValueError, KeyError, TypeError, AttributeError):
            title = ""
        if not 0 < len(title) <= 200:
            return JSONResponse({"error": "title must have 1 to 200 characters"}, 400)
        return JSONResponse(self.find(sub, self.add(sub, title)), 201)

    async def complete_todo(self, request: Request, sub: str) -> Response:
        todo_id = request.path_params["id"]
        self.database.execute("UPDATE todos SET done = 1 WHERE id = ? AND sub = ?", (todo_id, sub))
        todo = self.find(sub, todo_id)
        return JSONResponse(todo) if todo else JSONResponse({"error": "no such todo"}, 404)

    async def delete_todo(self, request: Request, sub: str) -> Response:
        todo_id = request.path_params["id"]
        gone = self.database.execute("DELETE FROM todos WHERE id = ? AND sub = ?", (todo_id, sub)).rowcount
        return Response(status_code=204) if gone else JSONResponse({"error": "no such todo"}, 404)

    async def me(self, _request: Request, sub: str) -> Response:
        username = next((name for name, person in PEOPLE.items() if person["sub"] == sub), None)
        return JSONResponse({"sub": sub, "username": username})


def test_controls(server: AuthorizationServer) -> list[Route]:
    """Switches for tests; present only with --test-controls."""

    async def expire(_request: Request) -> Response:
        server.expire_access_tokens()
        return Response(status_code=204)

    async def forget(_request: Request) -> Response:
        server.forget_grants()
        return Response(status_code=204)

    async def faults(request: Request) -> Response:
        server.faults = Faults(**await request.json())
        return Response(status_code=204)

    async def stats(_request: Request) -> Response:
        return JSONResponse({"refreshes": server.refreshes})

    return [
        Route("/test/expire-access-tokens", expire, methods=["POST"]),
        Route("/test/forget-grants", forget, methods=["POST"]),
        Route("/test/faults", faults, methods=["PUT"]),
        Route("/test/stats", stats),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9100, help="0: any free port; the address is printed")
    parser.add_argument("--redirect-uri", action="append", help="where the gateway wants codes; may be repeated")
    parser.add_argument("--access-ttl", type=int, default=300, help="seconds an access token lives")
    parser.add_argument("--state", default=":memory:", help="SQLite file that keeps todos and tokens")
    parser.add_argument("--introspection-url", help="trust the tokens of another authorization server")
    parser.add_argument("--test-controls", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()

    listener = socket.create_server(("127.0.0.1", given.port))
    issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
    database = sqlite3.connect(given.state, isolation_level=None)
    database.row_factory = sqlite3.Row
    client = (os.environ.get("TODO_CLIENT_ID", "gatehouse"), os.environ["TODO_CLIENT_SECRET"])
    redirect_uris = given.redirect_uri or ["http://127.0.0.1:8080/connect/todo/callback"]
    server = AuthorizationServer(database, Settings(issuer, *client, redirect_uris, given.access_ttl))
    introspection = Introspection(given.introspection_url, *client) if given.introspection_url else None
    api = TodoApi(database, server, introspection)
    routes = server.routes() + api.routes() + (test_controls(server) if given.test_controls else [])
    print(f"Todo API on {issuer}", flush=True)
    config = uvicorn.Config(Starlette(routes=routes), log_level="info", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
