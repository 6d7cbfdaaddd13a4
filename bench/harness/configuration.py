# SPDX-License-Identifier: Apache-2.0
"""The gateway's configuration under test: from the least that a server can have to everything on."""
import json
import os
import secrets
import subprocess

CLIENT = 'bench'
REDIRECT_URI = 'https://client.example/callback'
GROUP = 'engineering'
TOOLS, HIDDEN = 200, 100  # of the runtime's tools, and those among them that policies hide


def policies(count):
    """So many rules, of all kinds that people write. None refuses the benchmark's calls, and one has to look into their
    arguments to know. The first hides half of the runtime's tools."""
    rules = [
        {'name': 'internal', 'effect': 'deny', 'when': {'groups': [GROUP], 'tools': ['internal_*']}},
        {'name': 'no-long-forecasts', 'effect': 'deny', 'when': {'tools': ['get_weather'], 'arguments': {'/days': {'gt': 30}}}},
    ]
    kinds = (
        lambda i: {'effect': 'deny', 'when': {'groups': [f'interns-{i}'], 'tools': ['*'], 'not_tools': ['get_*', 'list_*']}},
        lambda i: {'effect': 'deny', 'when': {'tools': [f'admin_{i}_*', f'delete_{i}']}},
        lambda i: {'effect': 'require_scope', 'scope': 'todos.write', 'when': {'tools': [f'write_{i}', f'create_{i}_*']}},
        lambda i: {'effect': 'deny', 'message': 'That needs a person.', 'when': {'tools': [f'transfer_{i}'], 'arguments': {'/amount': {'gt': 1000}}}},
        lambda i: {'effect': 'shadow_deny', 'when': {'emails': [f'person-{i}@example.net'], 'methods': ['tools/call']}},
        lambda i: {'effect': 'deny', 'when': {'clients': [f'client-{i}'], 'tools': [f'report_{i}']}},
    )
    rules += [{'name': f'rule-{i}', **kinds[i % len(kinds)](i)} for i in range(count - len(rules))]
    return {'policies': rules}


def budgets():
    """Three that every call draws on and none exhausts."""
    return {'budgets': [
        {'name': 'per-user-minute', 'per': ['user'], 'limit': '100000000 calls', 'window': '1m'},
        {'name': 'per-client-day', 'per': ['user', 'client'], 'limit': '1000000000 units', 'window': '1d', 'warn_at': '80%'},
        {'name': 'forecasts', 'per': ['server'], 'when': {'tools': ['get_*']}, 'limit': '1000000000 calls', 'window': '1h'},
    ], 'tool_costs': {'run_report': 25, '*': 1}}


def refusal_of(binary, folder, part):
    """Why this gateway's `check` refuses a server with `part`; nothing if it takes it."""
    path = os.path.join(folder, 'trial.yaml')
    with open(path, 'w') as file:
        json.dump({'version': 1, 'public_url': 'http://127.0.0.1:1', 'listen': '127.0.0.1:1', 'data_dir': folder, 'sign_in': {'local': {'enabled': True}},
                   'servers': {'trial': {'runtime': 'http://127.0.0.1:2/mcp', 'sign_in': 'local', **part}}}, file)
    done = subprocess.run([binary, 'check', '--config', path], capture_output=True, text=True)
    if done.returncode not in (0, 2):
        raise RuntimeError(f'gatehouse check: {done.stdout}{done.stderr}')
    return (done.stderr + done.stdout).splitlines()[0].replace(path, 'gatehouse.yaml') if done.returncode else ''


class Features:
    """What this build takes, asked with the smallest example of each. What it takes is then always used."""

    def __init__(self, binary, folder):
        minimal = {'policies': {'policies': [{'name': 'p', 'effect': 'deny', 'when': {'tools': ['t']}}]},
                   'budgets': {'budgets': [{'name': 'b', 'per': ['user'], 'limit': '9 calls', 'window': '1m'}]}}
        self.refusals = {name: refusal for name, part in minimal.items() if (refusal := refusal_of(binary, folder, part))}
        self.policies, self.budgets = 'policies' not in self.refusals, 'budgets' not in self.refusals

    def everything(self):
        return {**(policies(50) if self.policies else {}), **(budgets() if self.budgets else {})}


def configuration(origin, port, admin_port, runtime_port, downstream, features, tls=None):
    """`full` has everything on; `lean` the least: the token is checked, and what was called is recorded without
    arguments. `rules5` and `rules500` are lean but for their policies."""
    runtime = f'http://127.0.0.1:{runtime_port}/mcp'
    # An id belongs to one server.
    client = lambda server: [{'id': f'{CLIENT}-{server}', 'name': 'Benchmark', 'redirect_uris': [REDIRECT_URI]}]
    least = {'runtime': runtime, 'sign_in': 'local', 'scopes': ['todos.read', 'todos.write'],
             'worker': {'identity_headers': False}, 'audit': {'arguments': 'none'}}
    servers = {
        'full': {'runtime': runtime, 'profile': 'downstream', 'sign_in': 'local', 'worker': {'secret': secrets.token_urlsafe(18)}, **features.everything()},
        'lean': least,
    }
    if features.policies:
        servers.update({f'rules{count}': {**least, **policies(count)} for count in (5, 500)})
    whole = {
        'version': 1, 'public_url': origin, 'listen': f'127.0.0.1:{port}',
        'data_dir': './data', 'admin': {'listen': f'127.0.0.1:{admin_port}'},
        'limits': {'connections': 60000}, 'tokens': {'access_ttl': '12h', 'code_ttl': '5m'},
        'sign_in': {'local': {'enabled': True}},
        'profiles': {'downstream': downstream.profile()},
        'servers': {name: {**server, 'clients': client(name)} for name, server in servers.items()},
    }
    if tls:
        whole['tls'] = {'certificate': tls.certificate, 'key': tls.key}
    return whole
