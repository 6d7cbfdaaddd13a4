# SPDX-License-Identifier: Apache-2.0
"""The programs that send requests."""
import json
import os
import re
import socket
import ssl
import subprocess

from .requests import parts_of

WRK_SCRIPT = '''
local requests, next_one = {}, 0
local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
for size in file:lines() do
    requests[#requests + 1] = file:read(tonumber(size))
end
function request()
    next_one = next_one % #requests + 1
    return requests[next_one]
end
'''

class Traffic:
    def __init__(self, programs, folder, on=None, peers=None):
        self.load, self.folder, self.on, self.peers = os.path.join(programs, 'bench_load'), folder, on, peers
        self.script = os.path.join(folder, 'wrk.lua')
        with open(self.script, 'w') as file:
            file.write(WRK_SCRIPT)

    def file(self, name, requests):
        path = os.path.join(self.folder, f'{name}.requests')
        with open(path, 'wb') as file:
            for request in requests:
                file.write(b'%d\n' % len(request) + request)
        return path

    def _pin(self):
        if self.on:
            os.sched_setaffinity(0, self.on)

    def _run(self, command, timeout, **more):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, preexec_fn=self._pin, **more)
        if done.returncode != 0:
            raise RuntimeError(f'{command[0]}: {done.stdout}{done.stderr}')
        return done

    def _own(self, seconds, mode, *words):
        done = self._run([self.load, mode, *words], seconds + 30)
        result = json.loads(done.stdout)
        if result['bad']:
            raise RuntimeError(f"{result['bad']} of {result['answers']} answers were bad: {done.stderr}")
        result['rate'] = result['answers'] / result['seconds']
        return result

    def closed(self, port, connections, seconds, requests):
        return self._own(seconds, 'closed', port, connections, int(seconds * 1000), requests)

    def at_rate(self, port, connections, rate, seconds, requests):
        return self._own(seconds, 'rate', port, connections, rate, int(seconds * 1000), requests)

    def once(self, port, connections, requests, answers):
        return self._own(60, 'once', port, connections, requests, answers)

    def by_wrk(self, origin, connections, seconds, requests):
        done = self._run([self.peers.wrk, '-t1', f'-c{connections}', f'-d{seconds}s', '--latency', '-s', self.script, f'{origin}/'],
                         seconds + 30, env={**os.environ, 'REQUESTS': requests})
        if trouble := re.search(r'Non-2xx.*|Socket errors.*', done.stdout):
            raise RuntimeError(f'{trouble.group(0)} at {origin}')
        at = lambda share: _microseconds(*re.search(rf'{share}%\s+([\d.]+)(us|ms|s)', done.stdout).groups())
        return {'answers': int(re.search(r'(\d+) requests in', done.stdout).group(1)),
                'rate': float(re.search(r'Requests/sec:\s+([\d.]+)', done.stdout).group(1)), 'p50': at(50), 'p99': at(99)}

    def by_h2load(self, origin, connections, streams, seconds, requests):
        """The first of the requests, over HTTP/2, so many at once on each connection."""
        with open(requests, 'rb') as file:
            path, headers, body = parts_of(file.read(int(file.readline())))
        data = os.path.join(self.folder, 'h2load.body')
        with open(data, 'wb') as file:
            file.write(body)
        fields = [word for name, value in headers.items() if name.lower() not in ('host', 'content-length') for word in ('-H', f'{name}: {value}')]
        done = self._run([self.peers.h2load, '-t1', f'-c{connections}', f'-m{streams}', f'-D{seconds}', *fields, '-d', data, f'{origin}{path}'], seconds + 30)
        codes = re.search(r'status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx', done.stdout)
        good, *bad = (int(count) for count in codes.groups())
        lost = int(re.search(r'(\d+) errored', done.stdout).group(1))
        protocol = re.search(r'Application protocol: (\S+)', done.stdout)
        if any(bad) or lost or not good or not protocol or protocol.group(1) != 'h2':
            raise RuntimeError(f'h2load at {origin}: {done.stdout}')
        return {'answers': good, 'rate': good / seconds}


def _microseconds(number, unit):
    return float(number) * {'us': 1, 'ms': 1e3, 's': 1e6}[unit]


class IdleStreams:
    """Open streams, for as long as the block lasts."""

    def __init__(self, traffic, port, count, requests):
        self.command = [traffic.load, 'idle', str(port), str(count), requests]
        self.pin = traffic._pin

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=self.pin)
        if self.process.stdout.readline() != b'ready\n':
            raise RuntimeError('the streams could not be opened')
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class IdleTlsStreams:
    """The same over TLS."""

    def __init__(self, port, count, requests):
        self.port, self.count = port, count
        with open(requests, 'rb') as file:
            self.request = file.read(int(file.readline()))

    def __enter__(self):
        context = ssl._create_unverified_context()
        self.streams = []
        for _ in range(self.count):
            stream = context.wrap_socket(socket.create_connection(('127.0.0.1', self.port), timeout=5))
            stream.sendall(self.request)
            text = b''
            while b'data:' not in text:
                more = stream.recv(65536)
                if not more:
                    raise RuntimeError(f'a stream was refused: {text}')
                text += more
            self.streams.append(stream)
        return self

    def __exit__(self, *_):
        for stream in self.streams:
            stream.close()
