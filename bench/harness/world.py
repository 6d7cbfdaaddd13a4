# SPDX-License-Identifier: Apache-2.0
"""Upstream, gateways and the requests that go to them."""
import json
import os

from .authorization_server import AuthorizationServer
from .configuration import HIDDEN, TOOLS, Features, configuration
from .contestants import start_upstream
from .gateway import Gateway
from .processes import processors
from .requests import LIST, call, stream
from .traffic import Traffic

USERS = ('ada', 'grace', 'edsger', 'barbara')
TOKENS = 64


class World:
    """On a machine with two processors or more, what is measured has the first for itself; load and upstream have the
    rest."""

    def __init__(self, root, build, folder, peers=None):
        self.binary = os.path.join(root, build, 'gatehouse')
        self.programs = os.path.join(root, build, 'bench')
        self.folder = folder
        cpus = processors()
        self.proxy_cpus, self.load_cpus = (set(cpus[:1]), set(cpus[1:])) if len(cpus) > 1 else (None, None)
        self.upstream = start_upstream(self.programs, folder, self.load_cpus)
        self.traffic = Traffic(self.programs, folder, self.load_cpus, peers)
        self.downstream = AuthorizationServer()
        self.features = Features(self.binary, folder)

    def gateway(self, name, on, users=USERS, tls=None, under=()):
        """Started, its people signed in. Its files of requests: calls of server `full` with a session and without
        (`stateless`), of `lean`, and of those with `rules`; `streams`; lists, `full-list` and `lean-list`."""
        gateway = Gateway(name, self.binary, self.folder, on, tls, under)
        gateway.configure(configuration(gateway.origin, gateway.port, gateway.admin_port, self.upstream.port, self.downstream, self.features, tls)).start()
        for user in users:
            gateway.add_user(user)
        share = TOKENS // len(users)
        kinds = {}
        add = lambda kind, requests: kinds.setdefault(kind, []).extend(requests)
        for user in users:
            tokens = gateway.tokens(user, 'full', share)
            session = gateway.session('full', tokens[0])
            add('full', [call(gateway, 'full', token, session) for token in tokens])
            add('stateless', [call(gateway, 'full', token) for token in tokens])
            add('full-list', [call(gateway, 'full', token, session, LIST) for token in tokens])
            add('streams', [stream(gateway, 'full', token, session) for token in tokens])
            tokens = gateway.tokens(user, 'lean', share)
            add('lean', [call(gateway, 'lean', token) for token in tokens])
            add('lean-list', [call(gateway, 'lean', token, None, LIST) for token in tokens])
        if self.features.policies:
            for server in ('rules5', 'rules500'):
                add(server, [call(gateway, server, token) for token in gateway.tokens(users[0], server, share)])
            self._check_lists(gateway, kinds)
        gateway.requests = {kind: self.traffic.file(f'{name}-{kind}', requests) for kind, requests in kinds.items()}
        return gateway

    def _check_lists(self, gateway, kinds):
        """A filter that lets everything through, or nothing, would have the best of figures."""
        for kind, expected in (('lean-list', TOOLS), ('full-list', TOOLS - HIDDEN)):
            body = gateway.ask(kinds[kind][0])
            found = len(json.loads(body)['result']['tools'])
            if found != expected:
                raise RuntimeError(f'{kind} has {found} tools, not {expected}')
