# SPDX-License-Identifier: Apache-2.0
"""A downstream authorization server that says yes to everything, so that calls carry a grant's token like real ones."""
import json
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        answer = {'code': secrets.token_urlsafe(24), 'state': query.get('state', ''), 'iss': self.server.url}
        self._answer(302, b'', [('Location', f"{query['redirect_uri']}?{urlencode(answer)}")])

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        tokens = {'access_token': secrets.token_urlsafe(32), 'refresh_token': secrets.token_urlsafe(32), 'token_type': 'Bearer', 'expires_in': 86400}
        self._answer(200, json.dumps(tokens).encode(), [('Content-Type', 'application/json'), ('Cache-Control', 'no-store')])

    def _answer(self, status, body, headers):
        self.send_response(status)
        for name, value in [*headers, ('Content-Length', str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class AuthorizationServer:
    def __init__(self):
        self.server = ThreadingHTTPServer(('127.0.0.1', 0), _Handler)
        self.url = self.server.url = f'http://127.0.0.1:{self.server.server_port}'
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, daemon=True).start()

    def profile(self):
        return {
            'issuer': self.url,
            'endpoints': {'authorize': f'{self.url}/authorize', 'token': f'{self.url}/token'},
            'client': {'id': 'gatehouse', 'secret': secrets.token_urlsafe(18)},
            'scopes': ['todos.read', 'todos.write'],
            'identity': {'from': 'none'},
        }
