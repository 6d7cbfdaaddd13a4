# SPDX-License-Identifier: Apache-2.0
"""Upstream, gateways and the requests that go to them."""
import os

from .authorization_server import AuthorizationServer
from .contestants import start_upstream
from .gateway import Gateway
from .processes import processors
from .traffic import Traffic, call, stream

USERS = ('ada', 'grace', 'edsger', 'barbara')
TOKENS = 64


class World:
    """On a machine with two processors or more, what is measured has the first for itself; load and upstream have the
    rest."""

    def __init__(self, root, build, folder, wrk=None):
        self.binary = os.path.join(root, build, 'gatehouse')
        self.programs = os.path.join(root, build, 'bench')
        self.folder = folder
        cpus = processors()
        self.proxy_cpus, self.load_cpus = (set(cpus[:1]), set(cpus[1:])) if len(cpus) > 1 else (None, None)
        self.upstream = start_upstream(self.programs, folder, self.load_cpus)
        self.traffic = Traffic(self.programs, folder, self.load_cpus, wrk)
        self.downstream = AuthorizationServer()

    def gateway(self, name, on, users=USERS):
        """Started, its people signed in; with the files of requests `full`, `stateless`, `lean` and `streams`."""
        gateway = Gateway(name, self.binary, self.folder, self.upstream.port, self.downstream, on).start()
        for user in users:
            gateway.add_user(user)
        share = TOKENS // len(users)
        full, stateless, lean, streams = [], [], [], []
        for user in users:
            tokens = gateway.tokens(user, 'full', share)
            session = gateway.session('full', tokens[0])
            full += [call(gateway, 'full', token, session) for token in tokens]
            stateless += [call(gateway, 'full', token) for token in tokens]
            lean += [call(gateway, 'lean', token) for token in gateway.tokens(user, 'lean', share)]
            streams += [stream(gateway, 'full', token, session) for token in tokens]
        kinds = {'full': full, 'stateless': stateless, 'lean': lean, 'streams': streams}
        gateway.requests = {kind: self.traffic.file(f'{name}-{kind}', requests) for kind, requests in kinds.items()}
        return gateway
