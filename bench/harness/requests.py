# SPDX-License-Identifier: Apache-2.0
"""The requests of the benchmark."""
import json

REVISION = '2025-06-18'

CALL = json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'tools/call', 'params': {
    'name': 'get_weather',
    'arguments': {'city': 'Paris', 'units': 'metric', 'days': 3, 'note': 'please give a short plain answer with the temperature and the wind'},
    '_meta': {'progressToken': 'abc-123', 'client': 'bench/1.0'}}}, separators=(',', ':')).ljust(300)


LIST = json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'tools/list', 'params': {}}, separators=(',', ':'))


def call(gateway, server, token, session=None, body=CALL):
    named = f'Mcp-Session-Id: {session}\r\n' if session else ''
    return (f'POST /{server}/mcp HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nAuthorization: Bearer {token}\r\n'
            f'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n{named}'
            f'MCP-Protocol-Version: {REVISION}\r\nUser-Agent: bench/1.0\r\nContent-Length: {len(body)}\r\n\r\n{body}').encode()


def stream(gateway, server, token, session):
    return (f'GET /{server}/mcp HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\nAuthorization: Bearer {token}\r\n'
            f'Accept: text/event-stream\r\nMcp-Session-Id: {session}\r\nMCP-Protocol-Version: {REVISION}\r\n\r\n').encode()


def parts_of(request):
    """Path, fields and body of one of these."""
    head, body = request.split(b'\r\n\r\n', 1)
    line, *fields = head.decode().split('\r\n')
    return line.split(' ')[1], dict(field.split(': ', 1) for field in fields), body
