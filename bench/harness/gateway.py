# SPDX-License-Identifier: Apache-2.0
"""A gateway with its own folder, people who sign in, and the tokens they get."""
import base64
import hashlib
import json
import os
import secrets
import subprocess
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from .browser import Browser, connect
from .configuration import CLIENT, GROUP, REDIRECT_URI
from .processes import Program, free_port, is_listening, until
from .requests import REVISION, parts_of

PASSWORD = 'a local password that is long enough'


class Gateway:
    """Of one configuration; `origin` is its public URL. `under`: a command that runs the program, like valgrind."""

    def __init__(self, name, binary, folder, on=None, tls=None, under=()):
        self.name, self.binary, self.folder, self.on = name, binary, os.path.join(folder, name), on
        self.port, self.admin_port = free_port(), free_port()
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.users, self.under = {}, under
        os.makedirs(self.folder)

    def configure(self, configuration):
        path = os.path.join(self.folder, 'gatehouse.yaml')
        with open(f'{path}.new', 'w') as file:
            json.dump(configuration, file, indent=2)  # JSON is YAML
        os.replace(f'{path}.new', path)
        return self

    def start(self):
        self.program = Program(self.name, [*self.under, self.binary, 'serve', '--config', 'gatehouse.yaml'], self.port, self.folder, self.on)
        until(f'{self.name} (see {self.program.log})', lambda: self.program.check() and self.is_ready(),
              seconds=90 if self.under else 10, pause=0.001)
        return self

    def is_ready(self):
        if not is_listening(self.port):
            return False
        connection = connect(self.origin, timeout=5)
        connection.request('GET', '/readyz')
        return connection.getresponse().status == 200

    def restart(self):
        """Seconds from the start of the process until it is ready."""
        self.program.stop()
        started = time.monotonic()
        self.start()
        return time.monotonic() - started

    def loops(self):
        """How many threads serve connections."""
        pid = self.program.process.pid
        return sum(open(f'/proc/{pid}/task/{task}/comm').read().startswith('loop') for task in os.listdir(f'/proc/{pid}/task'))

    def admin_token(self):
        with open(os.path.join(self.folder, 'data/admin.token')) as file:
            return file.read().strip()

    def admin(self, path):
        """What the admin API answers."""
        connection = connect(f'http://127.0.0.1:{self.admin_port}', timeout=60)
        connection.request('GET', path, headers={'Authorization': f'Bearer {self.admin_token()}'})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f'{path}: {answer.status} {text}')
        return json.loads(text)

    def add_user(self, name):
        subprocess.run([self.binary, 'users', 'add', name, '--email', f'{name}@example.com', '--groups', GROUP, '--password-stdin',
                        '--admin-url', f'http://127.0.0.1:{self.admin_port}', '--admin-token', self.admin_token()],
                       input=f'{PASSWORD}\n', text=True, check=True, stdout=subprocess.DEVNULL)
        self.users[name] = Browser(name, PASSWORD)

    def code(self, user, server):
        """An authorization code with its verifier, as fields of a token request."""
        verifier = secrets.token_urlsafe(40)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b'=').decode()
        query = {'response_type': 'code', 'client_id': f'{CLIENT}-{server}', 'redirect_uri': REDIRECT_URI, 'state': secrets.token_urlsafe(8),
                 'code_challenge': challenge, 'code_challenge_method': 'S256', 'resource': f'{self.origin}/{server}/mcp'}
        address = self.users[user].walk(f'{self.origin}/authorize?{urlencode(query)}', REDIRECT_URI)
        answer = parse_qs(urlsplit(address).query)
        if 'code' not in answer:
            raise RuntimeError(f'no code: {answer}')
        return {'grant_type': 'authorization_code', 'code': answer['code'][0], 'code_verifier': verifier,
                'redirect_uri': REDIRECT_URI, 'client_id': f'{CLIENT}-{server}', 'resource': f'{self.origin}/{server}/mcp'}

    def refresh_fields(self, server, refresh_token):
        return {'grant_type': 'refresh_token', 'refresh_token': refresh_token, 'client_id': f'{CLIENT}-{server}'}

    def token_request(self, fields):
        body = urlencode(fields)
        return (f'POST /token HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/x-www-form-urlencoded\r\n'
                f'Content-Length: {len(body)}\r\n\r\n{body}').encode()

    def _post(self, path, body, headers):
        connection = connect(self.origin)
        connection.request('POST', path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f'{path}: {answer.status} {text}')
        return answer, text

    def ask(self, request):
        """The body that answers a request of traffic.call."""
        path, headers, body = parts_of(request)
        return self._post(path, body, headers)[1]

    def tokens(self, user, server, count):
        """Access tokens of one connection."""
        made, fields = [], self.code(user, server)
        for _ in range(count):
            answer = json.loads(self._post('/token', urlencode(fields), {'Content-Type': 'application/x-www-form-urlencoded'})[1])
            made.append(answer['access_token'])
            fields = self.refresh_fields(server, answer['refresh_token'])
        return made

    def session(self, server, token):
        """The id of a session at the runtime, as the gateway gives it out."""
        body = json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'initialize', 'params': {
            'protocolVersion': REVISION, 'capabilities': {}, 'clientInfo': {'name': 'bench', 'version': '1'}}}, separators=(',', ':'))
        answer, _ = self._post(f'/{server}/mcp', body, {'Authorization': f'Bearer {token}', 'Content-Type': 'application/json',
                                                         'Accept': 'application/json, text/event-stream'})
        return answer.headers['Mcp-Session-Id']
