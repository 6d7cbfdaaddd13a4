# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/soak: what disturbs the gateway while it works, what is watched, and what is judged afterwards."""
import array
import json
import os
import signal
import statistics
import time

from .processes import Program, until

FIRST_OF_TRIAL = 1 << 40  # calls before the soak proper
KINDS = ('quick', 'slow', 'events', '')


class Runtime:
    """A runtime that dies now and then; `windows` says when it was away, in monotonic milliseconds."""
    AWAY = 0.3
    GRACE_MS = 1500  # connections that died with it, and a gateway that has to notice that it is back

    def __init__(self, program, folder, port, on):
        self.program_path, self.folder, self.port, self.on = program, folder, port, on
        self.windows = []
        self._start()

    def _start(self):
        self.program = Program('soak-runtime', [self.program_path, str(self.port)], self.port, self.folder, self.on).wait_until_listening()

    def restart(self):
        since = time.monotonic_ns() // 10**6
        self.program.process.send_signal(signal.SIGKILL)
        self.program.process.wait()
        self.program.stop()
        time.sleep(self.AWAY)
        self._start()
        self.windows.append((since - 5, time.monotonic_ns() // 10**6 + self.GRACE_MS))

    def was_away(self, moment):
        return any(since <= moment <= end for since, end in self.windows)


class Reloads:
    """Another configuration each time, and SIGHUP: a server comes and goes, and titles change."""

    def __init__(self, gateway, configuration):
        self.gateway, self.configuration, self.count = gateway, configuration, 0

    def once(self):
        self.count += 1
        changed = json.loads(json.dumps(self.configuration))
        changed['servers']['full']['title'] = f'Title {self.count}'
        if self.count % 2:
            changed['servers']['guest'] = {**changed['servers']['lean'], 'clients': []}
        self.gateway.configure(changed)
        self.gateway.program.process.send_signal(signal.SIGHUP)

    def trouble(self):
        """The configuration that runs must be the last one."""
        if self.count == 0:
            return []
        try:
            until('the last reload', lambda: self._title() == f'Title {self.count}', 10)
        except TimeoutError as error:
            return [str(error)]
        status = self.gateway.admin('/api/v1/status')
        return [f"a reload failed: {status['config']['error']}"] if status.get('config', {}).get('error') else []

    def _title(self):
        servers = self.gateway.admin('/api/v1/servers?limit=1000')['items']
        return next(server.get('title') for server in servers if server.get('name', server['id']) == 'full')


class Samples:
    """Memory and descriptors of the gateway over time."""

    def __init__(self, program):
        self.program, self.rows = program, []

    def take(self):
        files = len(os.listdir(f'/proc/{self.program.process.pid}/fd'))
        self.rows.append({'own': self.program.memory(), 'resident': self.program.memory('VmRSS'), 'files': files})

    def _part(self, name, begin, end):
        count = len(self.rows)
        return statistics.median(row[name] for row in self.rows[int(count * begin):max(int(count * end), int(count * begin) + 1)])

    def growth(self, name):
        """From the second quarter, when everything is warm, to the last one."""
        before, after = self._part(name, 0.25, 0.5), self._part(name, 0.75, 1)
        return before, after

    def trouble(self):
        found = []
        # A leak of a few bytes a call would be far beyond these after ten minutes.
        for name, share, spare in (('own', 0.05, 3 << 20), ('files', 0.10, 40)):
            before, after = self.growth(name)
            if after > before * (1 + share) + spare:
                found.append(f'{name} grew from {before:,.0f} to {after:,.0f}')
        return found


def read_outcomes(path):
    """By the call's number: 0 if it was not answered, or 1 + caller * 4 + kind."""
    outcomes = array.array('H')
    with open(path, 'rb') as file:
        outcomes.frombytes(file.read())
    return outcomes


def log_trouble(gateway, outcomes, emails, say):
    """Every answered call must be in the log exactly once, as what it was; no other call more than once."""
    seen, cursor, records, wrong = bytearray(len(outcomes)), '', 0, []
    names = {user['id']: user['email'] for user in gateway.admin('/api/v1/users?limit=1000')['items']}
    started = time.monotonic()
    while cursor is not None:
        page = gateway.admin(f'/api/v1/logs?kind=call&limit=1000&cursor={cursor}')
        for record in page['items']:
            call = int(record.get('trace_id') or '0', 16) - 1
            if not 0 <= call < len(outcomes):
                continue
            records += 1
            seen[call] = min(255, seen[call] + 1)
            outcome = outcomes[call]
            if outcome:
                email, kind = emails[(outcome - 1) // 4], KINDS[(outcome - 1) % 4]
                if (names.get(record['user']), record.get('item', '')) != (email, kind) or not record.get('http_status'):
                    wrong.append(f'call {call} of {email} to {kind or "a stream"} is recorded as {record}')
        cursor = page['next']
    lost = [call for call, outcome in enumerate(outcomes) if outcome and not seen[call]]
    twice = [call for call, times in enumerate(seen) if times > 1]
    say(f'{records:,} records read in {time.monotonic() - started:.0f} s')
    found = [f'{len(lost)} answered calls are not in the log, the first {lost[0]}'] if lost else []
    found += [f'{len(twice)} calls are in the log more than once, the first {twice[0]}'] if twice else []
    return found + ([f'{len(wrong)} wrong records: {wrong[0]}'] if wrong else [])
