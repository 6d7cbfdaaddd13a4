# SPDX-License-Identifier: Apache-2.0
"""The Todo API's own authorization server: OAuth 2.1 in one file, with one confidential client.

Authorization code with PKCE S256, refresh tokens that rotate and whose reuse ends the whole family,
opaque tokens that are stored as hashes. Two people, named in the source: an example, not a product.
"""

import base64
import hashlib
import hmac
import html
import secrets
import sqlite3
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

SCOPES = ("todos.read", "todos.write", "offline_access")
PEOPLE = {
    "alice": {"password": "alice-demo", "sub": "user-1001", "name": "Alice Adler"},
    "bob": {"password": "bob-demo", "sub": "user-1002", "name": "Bob Brandt"},
}
CODE_LIFETIME = 60
REFRESH_LIFETIME = 30 * 86400
NO_STORE = {"Cache-Control": "no-store"}
SCHEMA = """
CREATE TABLE IF NOT EXISTS codes (hash TEXT PRIMARY KEY, family TEXT, redirect_uri TEXT, challenge TEXT,
    sub TEXT, scope TEXT, expires REAL, used INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, family TEXT, kind TEXT, sub TEXT, scope TEXT,
    expires REAL, used INTEGER DEFAULT 0);
"""


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def email_of(username: str) -> str:
    return f"{username}@todo.example"


@dataclass
class Settings:
    issuer: str
    client_id: str
    client_secret: str
    redirect_uris: list[str]
    access_ttl: int


@dataclass
class Faults:
    """What a test may make the server do wrong; nothing is set otherwise."""

    token: str = ""  # "unavailable", or an OAuth error code
    authorize: str = ""  # an OAuth error code


class OAuthError(Exception):
    def __init__(self, code: str, description: str, status: int = 400):
        super().__init__(description)
        self.code, self.description, self.status = code, description, status

    def response(self) -> Response:
        headers = dict(NO_STORE)
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="todo"'
        body = {"error": self.code, "error_description": self.description}
        return JSONResponse(body, self.status, headers)


class AuthorizationServer:
    def __init__(self, database: sqlite3.Connection, settings: Settings):
        self.database, self.settings = database, settings
        self.faults = Faults()
        self.refreshes = 0
        database.executescript(SCHEMA)

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/oauth-authorization-server", self.metadata),
            Route("/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/token", self.token, methods=["POST"]),
            Route("/revoke", self.revoke, methods=["POST"]),
            Route("/userinfo", self.userinfo),
        ]

    def find_access_token(self, token: str) -> dict | None:
        """The subject and scopes behind a living access token of this server."""
        row = self.database.execute(
            "SELECT sub, scope FROM tokens WHERE hash = ? AND kind = 'access' AND expires > ?",
            (digest(token), time.time()),
        ).fetchone()
        return {"sub": row["sub"], "scopes": set(row["scope"].split())} if row else None

    def expire_access_tokens(self) -> None:
        self.database.execute("UPDATE tokens SET expires = 0 WHERE kind = 'access'")

    def forget_grants(self) -> None:
        self.database.execute("DELETE FROM tokens")

    # RFC 8414
    async def metadata(self, _request: Request) -> Response:
        issuer = self.settings.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "revocation_endpoint": f"{issuer}/revoke",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
                "scopes_supported": list(SCOPES),
                "authorization_response_iss_parameter_supported": True,
            }
        )

    # Authorization endpoint: one page to sign in and approve. The request stays in the query, and is
    # checked again when the form comes back, so that nothing has to be remembered in between.
    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        redirect_uri = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.settings.client_id:
            return self.page("<p role=alert>This client is not known here.</p>", 400)
        if redirect_uri not in self.settings.redirect_uris:
            return self.page("<p role=alert>This redirect URI is not registered.</p>", 400)
        try:
            self.check_authorization(asked)
        except OAuthError as error:
            return self.send_back(asked, {"error": error.code, "error_description": error.description})
        if request.method == "GET":
            return self.approval_page(request, asked)
        form = await request.form()
        if form.get("decision") != "allow":
            return self.send_back(asked, {"error": "access_denied"})
        username = str(form.get("username", ""))
        person = PEOPLE.get(username, {"password": secrets.token_hex()})
        if not hmac.compare_digest(person["password"].encode(), str(form.get("password", "")).encode()):
            return self.approval_page(request, asked, "That name and password do not fit.", 401)
        return self.send_back(asked, {"code": self.new_code(asked, person["sub"])})

    def check_authorization(self, asked: dict[str, str]) -> None:
        if self.faults.authorize:
            raise OAuthError(self.faults.authorize, "asked for by a test")
        if asked.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "only code is supported")
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "PKCE with S256 is required")
        if asked.get("resource", self.settings.issuer) != self.settings.issuer:
            raise OAuthError("invalid_target", "this server protects its own API only")
        if not set(asked.get("scope", "").split()) <= set(SCOPES):
            raise OAuthError("invalid_scope", "known scopes: " + " ".join(SCOPES))

    def new_code(self, asked: dict[str, str], sub: str) -> str:
        code = secrets.token_urlsafe(32)
        self.database.execute(
            "INSERT INTO codes (hash, family, redirect_uri, challenge, sub, scope, expires)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (digest(code), secrets.token_hex(8), asked["redirect_uri"], asked["code_challenge"], sub,
             asked.get("scope") or "todos.read", time.time() + CODE_LIFETIME),
        )
        return code

    def send_back(self, asked: dict[str, str], answer: dict[str, str]) -> Response:
        answer["iss"] = self.settings.issuer
        if "state" in asked:
            answer["state"] = asked["state"]
        separator = "&" if "?" in asked["redirect_uri"] else "?"
        return RedirectResponse(asked["redirect_uri"] + separator + urlencode(answer), 303, NO_STORE)

    def approval_page(self, request: Request, asked: dict, problem: str = "", status: int = 200) -> Response:
        scopes = "".join(f"<li>{html.escape(s)}" for s in (asked.get("scope") or "todos.read").split())
        alert = f"<p role=alert>{problem}</p>" if problem else ""
        return self.page(
            f"""{alert}<p><b>{html.escape(asked["client_id"])}</b> asks to use your Todo account:</p>
            <ul>{scopes}</ul>
            <form method=post action="/authorize?{html.escape(request.url.query)}">
            <p><label>Name <input name=username autocomplete=username required autofocus></label>
            <p><label>Password <input name=password type=password autocomplete=current-password required></label>
            <p><button name=decision value=allow>Sign in and allow</button>
            <button name=decision value=deny formnovalidate>Deny</button></form>""",
            status,
        )

    def page(self, body: str, status: int) -> Response:
        return HTMLResponse(
            '<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
            f"<title>Todo account</title><style>body{{font:1rem/1.5 sans-serif;max-width:26rem;margin:3rem auto;"
            f"padding:0 1rem}}</style><h1>Todo account</h1>{body}",
            status,
            NO_STORE | {"Content-Security-Policy": "frame-ancestors 'none'", "Referrer-Policy": "no-referrer"},
        )

    async def token(self, request: Request) -> Response:
        if self.faults.token == "unavailable":
            return JSONResponse({"error": "temporarily_unavailable"}, 503, NO_STORE)
        try:
            self.authenticate_client(request)
            if self.faults.token:
                raise OAuthError(self.faults.token, "asked for by a test")
            form = await self.read_form(request)
            grant_type = form.get("grant_type")
            if grant_type == "authorization_code":
                return self.redeem_code(form)
            if grant_type == "refresh_token":
                return self.refresh(form)
            raise OAuthError("unsupported_grant_type", "authorization_code or refresh_token")
        except OAuthError as error:
            return error.response()

    def authenticate_client(self, request: Request) -> None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            name = secret = ""
        known = hmac.compare_digest(unquote(name).encode(), self.settings.client_id.encode())
        fits = hmac.compare_digest(unquote(secret).encode(), self.settings.client_secret.encode())
        if scheme.lower() != "basic" or not (known and fits):
            raise OAuthError("invalid_client", "client_secret_basic is required", 401)

    async def read_form(self, request: Request) -> dict[str, str]:
        fields = parse_qs((await request.body()).decode(errors="replace"))
        if any(len(values) > 1 for values in fields.values()):
            raise OAuthError("invalid_request", "a parameter is repeated")
        return {name: values[0] for name, values in fields.items()}

    def redeem_code(self, form: dict[str, str]) -> Response:
        row = self.database.execute("SELECT * FROM codes WHERE hash = ?", (digest(form.get("code", "")),)).fetchone()
        if row and row["used"]:
            self.end_family(row["family"])
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (
            not row
            or row["used"]
            or row["expires"] <= time.time()
            or row["redirect_uri"] != form.get("redirect_uri")
            or not hmac.compare_digest(row["challenge"].encode(), challenge.encode())
        ):
            raise OAuthError("invalid_grant", "the code is not valid here")
        self.database.execute("UPDATE codes SET used = 1 WHERE hash = ?", (row["hash"],))
        return self.issue(row["family"], row["sub"], row["scope"])

    def refresh(self, form: dict[str, str]) -> Response:
        row = self.database.execute(
            "SELECT * FROM tokens WHERE hash = ? AND kind = 'refresh'", (digest(form.get("refresh_token", "")),)
        ).fetchone()
        if row and row["used"]:
            self.end_family(row["family"])  # somebody has a copy: nobody goes on with it
        if not row or row["used"] or row["expires"] <= time.time():
            raise OAuthError("invalid_grant", "the refresh token is not valid")
        self.database.execute("UPDATE tokens SET used = 1 WHERE hash = ?", (row["hash"],))
        self.refreshes += 1
        return self.issue(row["family"], row["sub"], row["scope"])

    def issue(self, family: str, sub: str, scope: str) -> Response:
        lifetimes = {"access": self.settings.access_ttl}
        if "offline_access" in scope.split():
            lifetimes["refresh"] = REFRESH_LIFETIME
        answer = {"token_type": "Bearer", "expires_in": self.settings.access_ttl, "scope": scope}
        for kind, lifetime in lifetimes.items():
            token = f"todo_{kind}_{secrets.token_urlsafe(32)}"
            self.database.execute(
                "INSERT INTO tokens (hash, family, kind, sub, scope, expires) VALUES (?, ?, ?, ?, ?, ?)",
                (digest(token), family, kind, sub, scope, time.time() + lifetime),
            )
            answer[f"{kind}_token"] = token
        return JSONResponse(answer, headers=NO_STORE)

    def end_family(self, family: str) -> None:
        self.database.execute("DELETE FROM tokens WHERE family = ?", (family,))

    # RFC 7009: whichever token is named, the whole authorization ends.
    async def revoke(self, request: Request) -> Response:
        try:
            self.authenticate_client(request)
            token = (await self.read_form(request)).get("token", "")
        except OAuthError as error:
            return error.response()
        row = self.database.execute("SELECT family FROM tokens WHERE hash = ?", (digest(token),)).fetchone()
        if row:
            self.end_family(row["family"])
        return Response(status_code=200, headers=NO_STORE)

    async def userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = self.find_access_token(token) if scheme.lower() == "bearer" else None
        for username, person in PEOPLE.items():
            if found and person["sub"] == found["sub"]:
                return JSONResponse(
                    {"sub": person["sub"], "name": person["name"], "email": email_of(username), "email_verified": True},
                    headers=NO_STORE,
                )
        return Response(status_code=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
