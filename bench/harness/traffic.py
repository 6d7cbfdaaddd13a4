# SPDX-License-Identifier: Apache-2.0
"""The requests of the benchmark, and the programs that send them."""
import json
import os
import re
import subprocess

from .gateway import REVISION

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

CALL = json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'tools/call', 'params': {
    'name': 'get_weather',
    'arguments': {'city': 'Paris', 'units': 'metric', 'days': 3, 'note': 'please give a short plain answer with the temperature and the wind'},
    '_meta': {'progressToken': 'abc-123', 'client': 'bench/1.0'}}}, separators=(',', ':')).ljust(300)


def call(gateway, server, token, session=None):
    named = f'Mcp-Session-Id: {session}\r\n' if session else ''
    return (f'POST /{server}/mcp HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nAuthorization: Bearer {token}\r\n'
            f'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n{named}'
            f'MCP-Protocol-Version: {REVISION}\r\nUser-Agent: bench/1.0\r\nContent-Length: {len(CALL)}\r\n\r\n{CALL}').encode()


def stream(gateway, server, token, session):
    return (f'GET /{server}/mcp HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nAuthorization: Bearer {token}\r\n'
            f'Accept: text/event-stream\r\nMcp-Session-Id: {session}\r\nMCP-Protocol-Version: {REVISION}\r\n\r\n').encode()


class Traffic:
    def __init__(self, programs, folder, on=None, wrk=None):
        self.load, self.folder, self.on, self.wrk = os.path.join(programs, 'bench_load'), folder, on, wrk
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

    def by_wrk(self, port, connections, seconds, requests):
        done = self._run([self.wrk, '-t1', f'-c{connections}', f'-d{seconds}s', '--latency', '-s', self.script, f'http://127.0.0.1:{port}/'],
                         seconds + 30, env={**os.environ, 'REQUESTS': requests})
        if trouble := re.search(r'Non-2xx.*|Socket errors.*', done.stdout):
            raise RuntimeError(f'{trouble.group(0)} at port {port}')
        return {'answers': int(re.search(r'(\d+) requests in', done.stdout).group(1)),
                'rate': float(re.search(r'Requests/sec:\s+([\d.]+)', done.stdout).group(1))}


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
