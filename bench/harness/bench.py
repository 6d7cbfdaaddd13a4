# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/run: who is measured, and how."""
import json
import os
import socket
import ssl
import subprocess
import sys
import time

from . import measure
from .contestants import Certificate, Contestants, start_upstream
from .measure import Contestant, Rounds
from .packages import Peers
from .processes import Program, processors, raise_file_limit
from .traffic import IdleStreams, IdleTlsStreams
from .world import World

RATE = 4000
SPARE_FILES = 300  # what a program needs beside two descriptors for each stream


def say(text):
    print(f'\033[2m{time.strftime("%H:%M:%S")} {text}\033[0m', file=sys.stderr, flush=True)


def speaks_h2(port):
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(['h2', 'http/1.1'])
    with context.wrap_socket(socket.create_connection(('127.0.0.1', port), timeout=5)) as connection:
        return connection.selected_alpn_protocol() == 'h2'


class Bench:
    PARTS = ('closed', 'rate', 'cores', 'tls', 'h2', 'policies', 'lists', 'idle', 'tokens', 'start', 'micro')

    def __init__(self, root, build, folder, quick):
        self.folder, self.quick, self.busy = folder, quick, os.getloadavg()[0]
        self.files = raise_file_limit()
        self.peers = Peers(root)
        self.world = World(root, build, folder, self.peers)
        self.contestants = Contestants(self.peers, self.world.programs, folder, self.world.upstream.port, self.files)
        self.rounds, self.seconds = (3, 1) if quick else (5, 2)
        self.out, self.found, self.failed = Rounds(), {}, []
        self.found['refusals'] = self.world.features.refusals
        on = self.world.proxy_cpus
        say('signing people in')
        self.gateway = self.world.gateway('gateway', on)
        self.found['loops'] = self.gateway.loops()
        self.nginx, self.haproxy = self.contestants.nginx('nginx', 1, on), self.contestants.haproxy('haproxy', 1, on)
        self.relay = self.contestants.relay('relay', on)

    def run(self, wanted):
        for part in (part for part in self.PARTS if part in wanted):
            try:
                getattr(self, part)()
            except (RuntimeError, TimeoutError, OSError, subprocess.SubprocessError) as error:
                # What the other parts found is still worth having.
                self.failed.append(part)
                say(f'{part} failed: {error}')
            if part in ('rate', 'closed'):
                self.found['loaded'] = {'own': self.gateway.program.memory(), 'resident': self.gateway.program.memory('VmRSS')}

    def _entries(self, requests):
        """Everybody with one worker on the same processor; `requests` by label of the gateway's rows."""
        first = next(iter(requests.values()))
        file = self.gateway.requests.__getitem__
        return [*(Contestant(program.name, program, file(first)) for program in (self.relay, self.nginx, self.haproxy)),
                *(Contestant(label, self.gateway.program, file(kind)) for label, kind in requests.items())]

    def _calls(self):
        return self._entries({'gateway': 'full', 'gateway, no session': 'stateless', 'gateway, plain': 'lean'})

    def _wrk(self, connections):
        return lambda contestant: self.world.traffic.by_wrk(contestant.origin, connections, self.seconds, contestant.requests)

    def _closed(self, group, contestants, connections):
        measure.closed_loop(self.out, group, contestants, self.rounds, self._wrk(connections), say)

    def closed(self):
        for connections in (64,) if self.quick else (1, 64, 256):
            say(f'closed loop, {connections} connections')
            self._closed(str(connections), self._calls(), connections)

    def rate(self):
        """Half of what the slower of nginx and the gateway gives at most."""
        saturated = min(self.out.medians()['64'][label]['rate'] for label in ('gateway', 'nginx')) if '64' in self.out.figures else 20000
        self.found['half'] = max(1000, int(saturated / 2000) * 1000)
        calls = self._calls()
        direct = Contestant('direct', self.world.upstream, calls[0].requests)
        for group, rate in (('rate 4000', RATE), ('rate half', self.found['half'])):
            say(f'{rate} calls a second')
            send = lambda contestant, rate=rate: self.world.traffic.at_rate(contestant.port, 64, rate, self.seconds, contestant.requests)
            measure.closed_loop(self.out, group, [direct, *calls], self.rounds, send, say)

    def cores(self):
        """Everybody as on a machine of their own: a worker for each processor, load and upstream beside them."""
        cores = len(processors())
        gateway = self.world.gateway('gateway-cores', None)
        entries = [Contestant('nginx', self.contestants.nginx('nginx-cores', cores, None), gateway.requests['full']),
                   Contestant('haproxy', self.contestants.haproxy('haproxy-cores', cores, None), gateway.requests['full']),
                   Contestant('gateway', gateway.program, gateway.requests['full']),
                   Contestant('gateway, plain', gateway.program, gateway.requests['lean'])]
        for connections in (64,) if self.quick else (64, 256):
            say(f'a worker for each processor, {connections} connections')
            self._closed(f'cores {connections}', entries, connections)
        for program in {entry.program for entry in entries}:
            program.stop()

    def _with_tls(self):
        if not hasattr(self, 'certificate'):
            self.certificate, on = Certificate(self.folder), self.world.proxy_cpus
            self.tls_gateway = self.world.gateway('gateway-tls', on, ('ada',), self.certificate)
            self.tls_nginx = self.contestants.nginx('nginx-tls', 1, on, tls=self.certificate)
            self.tls_haproxy = self.contestants.haproxy('haproxy-tls', 1, on, tls=self.certificate)
        requests = self.tls_gateway.requests
        return [Contestant('nginx', self.tls_nginx, requests['full'], 'https'), Contestant('haproxy', self.tls_haproxy, requests['full'], 'https'),
                Contestant('gateway', self.tls_gateway.program, requests['full'], 'https'),
                Contestant('gateway, plain', self.tls_gateway.program, requests['lean'], 'https')]

    def tls(self):
        say('TLS')
        self._closed('tls', self._with_tls(), 64)
        for contestant in self._with_tls()[:3]:
            say(f'idle streams over TLS: {contestant.label}')
            open_streams = lambda port, count: IdleTlsStreams(port, count, self.tls_gateway.requests['streams'])
            # nginx would hold back the first event; streams get one that does not buffer.
            program = self.contestants.nginx('nginx-tls-streams', 1, self.world.proxy_cpus, 'off', self.certificate) if contestant.label == 'nginx' else contestant.program
            self.found.setdefault('tls idle', {})[contestant.label] = measure.idle_memory(open_streams, program, [1000])

    def h2(self):
        """16 connections with four calls at once on each."""
        contestants = self._with_tls()
        if not speaks_h2(self.tls_gateway.port):
            self.found['refusals']['HTTP/2'] = 'is not offered on the TLS listener'
            return
        say('HTTP/2')
        send = lambda contestant: self.world.traffic.by_h2load(contestant.origin, 16, 4, self.seconds, contestant.requests)
        measure.closed_loop(self.out, 'h2', contestants, self.rounds, send, say)

    def policies(self):
        if not self.world.features.policies:
            return
        say('policies')
        self._closed('policies', self._entries({'gateway, plain': 'lean', 'gateway, 5 rules': 'rules5', 'gateway, 500 rules': 'rules500'})[3:], 64)

    def lists(self):
        say('lists of tools')
        requests = {'gateway, plain': 'lean-list'}
        if self.world.features.policies:
            requests['gateway, half of it hidden'] = 'full-list'
        self._closed('lists', self._entries(requests), 16)

    def idle(self):
        most = (self.files - SPARE_FILES) // 2
        counts = [min(count, most) for count in ((1000,) if self.quick else (1000, 10000))]
        streams = lambda port, count: IdleStreams(self.world.traffic, port, count, self.gateway.requests['streams'])
        on, found = self.world.proxy_cpus, self.found.setdefault('idle', {})
        start = {'relay': lambda peers: peers.relay('relay-streams', on),
                 'nginx': lambda peers: peers.nginx('nginx-streams', 1, on, buffering='off'),
                 'haproxy': lambda peers: peers.haproxy('haproxy-streams', 1, on)}
        for label, make in start.items():
            say(f'idle streams: {label}')
            # An upstream of its own: the ports of so many closed connections to one address run out.
            upstream = start_upstream(self.world.programs, self.folder, self.world.load_cpus)
            program = make(Contestants(self.peers, self.world.programs, self.folder, upstream.port, self.files))
            found[label] = measure.idle_memory(streams, program, counts)
            program.stop()
            upstream.stop()
        say('idle streams: gateway')
        self.gateway.restart()
        found['gateway'] = measure.idle_memory(streams, self.gateway.program, counts)

    def tokens(self):
        say('codes and refreshes at /token')
        self.found['tokens'] = measure.token_requests(self.gateway, self.world.traffic, 'ada', 500 if self.quick else 2000)

    def start(self):
        say('cold starts')
        self.found['cold'] = measure.cold_starts(self.gateway, 3 if self.quick else 7)

    def micro(self):
        program = os.path.join(self.world.programs, 'bench_micro')
        if self.quick or not os.path.exists(program):
            return
        say('micro-benchmarks')
        command = [program, '--benchmark_format=json', '--benchmark_min_time=0.2']
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
        self.found['micro'] = {one['name']: one['cpu_time'] for one in json.loads(done.stdout)['benchmarks']}
