# SPDX-License-Identifier: Apache-2.0
"""The measurements. Every figure is the median of rounds in which all contestants took their turn in random order."""
import json
import os
import random
import statistics
import time

MICRO = 1e3


class Contestant:
    def __init__(self, label, program, requests, scheme='http'):
        self.label, self.program, self.requests, self.port = label, program, requests, program.port
        self.origin = f'{scheme}://127.0.0.1:{program.port}'


class Rounds:
    """Figures by name, label and place; medians of them."""

    def __init__(self):
        self.figures = {}

    def expect(self, group, contestants):
        """Tables keep this order."""
        self.figures[group] = {contestant.label: {} for contestant in contestants}

    def note(self, group, label, **figures):
        for name, value in figures.items():
            self.figures[group][label].setdefault(name, []).append(value)

    def medians(self):
        return {group: {label: {name: statistics.median(values) for name, values in figures.items()} for label, figures in labels.items()}
                for group, labels in self.figures.items()}


def spent_by_thread(before, after):
    return {name: value - before.get(name, 0) for name, value in after.items() if value > before.get(name, 0)}


def watched(program, send, settle=20):
    """What `send` gives, with the microseconds of processor time that each answer cost the program: all of its threads,
    until it has done what it put off."""
    before, started = program.cpu_by_thread(), time.monotonic()
    result = send()
    loaded = program.cpu_by_thread()
    result['settled'] = 1 if program.settle(settle) else 0
    result['settle_seconds'] = time.monotonic() - started
    after = program.cpu_by_thread()
    per_answer = lambda spent: sum(spent.values()) / MICRO / result['answers']
    result['cpu'] = per_answer(spent_by_thread(before, after))
    result['cpu_loop'] = per_answer({name: value for name, value in spent_by_thread(before, loaded).items() if name.startswith('loop')})
    result['cpu_during'] = per_answer(spent_by_thread(before, loaded))
    return result


def in_random_order(rounds, contestants, say):
    for number in range(rounds):
        for contestant in random.sample(contestants, len(contestants)):
            say(f'round {number + 1} of {rounds}: {contestant.label}')
            yield contestant


FIGURES = ('rate', 'p50', 'p99', 'cpu', 'cpu_loop', 'cpu_during', 'settled')


def closed_loop(out, group, contestants, rounds, send, say):
    """`send` takes a contestant."""
    out.expect(group, contestants)
    for contestant in in_random_order(rounds, contestants, say):
        result = watched(contestant.program, lambda: send(contestant))
        out.note(group, contestant.label, **{name: result[name] for name in FIGURES if name in result})


def fixed_rate(out, group, contestants, rounds, send, say):
    out.expect(group, contestants)
    for contestant in in_random_order(rounds, contestants, say):
        result = watched(contestant.program, lambda: send(contestant.port, contestant.requests))
        out.note(group, contestant.label, **{name: result[name] for name in ('rate', 'p50', 'p90', 'p99', 'cpu', 'cpu_during')})


def idle_memory(open_streams, program, counts):
    """Bytes of its own memory that a program needs for each open stream, by how many there are. `open_streams` takes a
    port and a count."""
    found = {}
    # The first streams pay for what a process allocates once.
    with open_streams(program.port, 50):
        pass
    program.settle()
    for count in counts:
        before = program.memory()
        with open_streams(program.port, count):
            program.settle()
            found[count] = (program.memory() - before) / count
            cpu = program.cpu()
            time.sleep(1)
            found[f'{count}_idle_cpu_percent'] = (program.cpu() - cpu) / 1e7
        program.settle()
    return found


def token_requests(gateway, traffic, user, count, connections=32):
    """How fast /token redeems `count` codes, and then refreshes as many connections."""
    codes = [gateway.code(user, 'full') for _ in range(count)]
    found = {}
    answers = os.path.join(traffic.folder, 'token-answers')
    redeem = traffic.file('codes', [gateway.token_request(fields) for fields in codes])
    found['code'] = watched(gateway.program, lambda: traffic.once(gateway.port, connections, redeem, answers))
    with open(answers) as lines:
        tokens = [json.loads(line)['refresh_token'] for line in lines]
    refresh = traffic.file('refreshes', [gateway.token_request(gateway.refresh_fields('full', token)) for token in tokens])
    found['refresh'] = watched(gateway.program, lambda: traffic.once(gateway.port, connections, refresh, answers))
    return found


def cold_starts(gateway, times):
    return statistics.median(gateway.restart() for _ in range(times))
