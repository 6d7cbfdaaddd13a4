# SPDX-License-Identifier: Apache-2.0
"""Tables of what was measured, in Markdown."""
import json
import os
import platform
import subprocess

from .bench import RATE
from .chart import chart
from .processes import processors

BEGIN, END = '<!-- bench/{} writes from here', '<!-- to here -->'


def table(head, rows):
    lines = ['| ' + ' | '.join(head) + ' |', '| --- |' + ' ---: |' * (len(head) - 1)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows]) + '\n'


def thousands(value):
    return f'{value:,.0f}'


def ratio(figures, label, base, name):
    return f'{figures[label][name] / figures[base][name]:.2f} ×' if base in figures else ''


def closed_table(groups, counts, base):
    """Of the groups named by `counts` (connections: group), with ratios to `base` at every count."""
    head = ['']
    for n in counts:
        head += [f'req/s, {n}', f'× {base}', f'µs, {n}', f'× {base}']
    rows = []
    for label in groups[next(iter(counts.values()))]:
        row = [label]
        for group in (groups[name] for name in counts.values()):
            figures = group[label]
            row += [thousands(figures['rate']), ratio(group, label, base, 'rate'), f"{figures['cpu']:.1f}", ratio(group, label, base, 'cpu')]
        rows.append(row)
    return table(head, rows)


def rate_table(figures, base):
    direct = figures['direct']
    rows = [[label, f"{f['p50']:.0f}", f"{f['p50'] - direct['p50']:.0f}", f"{f['p99']:.0f}", f"{f['p99'] - direct['p99']:.0f}",
             f"{f['cpu']:.1f}", ratio(figures, label, base, 'cpu')] for label, f in figures.items()]
    return table(['', 'p50 µs', 'added', 'p99 µs', 'added', 'processor µs', f'× {base}'], rows)


def idle_table(idle):
    counts = [count for count in next(iter(idle.values())) if isinstance(count, int)]
    head = ['', *(f'bytes a stream, {thousands(count)} streams' for count in counts), f'processor %, {thousands(counts[-1])} streams']
    return table(head, [[label, *(thousands(f[count]) for count in counts), f"{f[f'{counts[-1]}_idle_cpu_percent']:.1f}"] for label, f in idle.items()])


def targets(groups, found):
    """Issue 3's and issue 7's targets, those that were measured."""
    rows = []

    def target(name, group, of, base, figure, limit, at_least=False):
        if group in groups and {of, base} <= groups[group].keys():
            value = groups[group][of][figure] / groups[group][base][figure]
            met = value >= limit if at_least else value <= limit
            rows.append([name, f"{'≥' if at_least else '≤'} {limit:g} ×", f'{value:.2f} ×', 'yes' if met else 'no'])

    target('processor time, everything on, against nginx plain, 64 connections', '64', 'gateway', 'nginx', 'cpu', 0.80)
    target('the same at 4,000 calls a second', 'rate 4000', 'gateway', 'nginx', 'cpu', 0.90)
    target('everything on, against a bare TCP relay, 64 connections', '64', 'gateway', 'relay', 'cpu', 1.6)
    for count in ('64', '256'):
        target(f'calls a second, everything on, against nginx plain, {count} connections', count, 'gateway', 'nginx', 'rate', 1.15, at_least=True)
    target('processor time, 500 rules against 5', 'policies', 'gateway, 500 rules', 'gateway, 5 rules', 'cpu', 1.2)
    target('processor time, a filtered list of 200 tools against the same list passed on', 'lists', 'gateway, half of it hidden', 'gateway, plain', 'cpu', 2)
    if 'idle' in found:
        value = found['idle']['gateway'][max(count for count in found['idle']['gateway'] if isinstance(count, int))]
        rows.append(['own memory of an idle stream', '≤ 1,024 B', f'{value:,.0f} B', 'yes' if value <= 1024 else 'no'])
    if 'cold' in found:
        value = found['cold'] * 1000
        rows.append(['cold start to ready', '≤ 100 ms', f'{value:,.0f} ms', 'yes' if value <= 100 else 'no'])
    return table(['figure', 'target', 'measured', 'met'], rows) if rows else ''


def rest(groups, found, root):
    rows = []
    if '64' in groups:
        one = groups['64']['gateway']
        rows.append(['a call, 64 connections', f"{one['cpu_loop']:.1f} µs in the loops, {one['cpu'] - one['cpu_loop']:.1f} µs for its record"])
    for kind, one in found.get('tokens', {}).items():
        rows.append([f'`/token`, {kind}', f"{one['rate']:,.0f} /s, {one['cpu']:,.0f} µs each, p99 {one['p99'] / 1000:.1f} ms"])
    if 'cold' in found:
        rows.append(['cold start to ready, existing store', f"{found['cold'] * 1000:.0f} ms"])
    if 'loaded' in found:
        rows.append(['memory after the closed loops', f"{found['loaded']['own'] / 2**20:.1f} MiB own, {found['loaded']['resident'] / 2**20:.1f} MiB resident"])
    soak = os.path.join(root, 'build/bench/soak.json')
    if os.path.exists(soak):
        with open(soak) as file:
            soak = json.load(file)
        of = '' if soak['commit'] == commit(root) else f" (at {soak['commit']})"
        rows.append([f"memory after {soak['minutes']:g} minutes of bench/soak, {soak['answered']:,} calls{of}",
                     f"{soak['own'] / 2**20:.1f} MiB own, {soak['resident'] / 2**20:.1f} MiB resident"])
    return table(['', ''], rows) if rows else ''


def page(bench, root):
    groups, found, parts = bench.out.medians(), bench.found, []
    add = lambda title, body: parts.append(f'### {title}\n\n{body}') if body else None
    if '64' in groups:
        parts.append('![Processor time per call, and calls a second](performance.svg)\n')
    parts.append(machine(bench.peers.versions(), root))
    if bench.busy > 1:
        parts.append(f'**The machine was busy (load {bench.busy:.1f} before the run): take no figure but the ratios for good.**\n')
    parts.append(f"{bench.rounds} rounds of {bench.seconds} s. The gateway runs {found['loops']} loop{'s' if found['loops'] > 1 else ''} on its one processor. "
                 '*gateway*: everything on. *plain*: the least that a server can have; tokens are still checked, calls still recorded.\n')
    for what, why in found['refusals'].items():
        parts.append(f'**Without {what}: {why}.**\n')
    add('Targets', targets(groups, found))
    closed = {count: count for count in ('1', '64', '256') if count in groups}
    if closed:
        add('One processor, closed loop', closed_table(groups, closed, 'nginx'))
    cores = {count: f'cores {count}' for count in ('64', '256') if f'cores {count}' in groups}
    if cores:
        add(f'{len(processors())} workers each, closed loop', closed_table(groups, cores, 'nginx'))
    if 'rate 4000' in groups:
        add(f'At {RATE:,} calls a second, 64 connections', rate_table(groups['rate 4000'], 'nginx'))
        add(f"At {found['half']:,} calls a second, 64 connections", rate_table(groups['rate half'], 'nginx'))
    if 'tls' in groups:
        add('TLS 1.3, HTTP/1.1, closed loop', closed_table(groups, {'64': 'tls'}, 'nginx'))
    if 'h2' in groups:
        add('TLS 1.3, HTTP/2, 16 connections with 4 calls at once, closed loop', closed_table(groups, {'64': 'h2'}, 'nginx'))
    if 'policies' in groups:
        add('Policies, plain otherwise, closed loop', closed_table(groups, {'64': 'policies'}, 'gateway, 5 rules'))
    if 'lists' in groups:
        add('A list of 200 tools, 16 connections, closed loop', closed_table(groups, {'16': 'lists'}, 'gateway, plain'))
    if 'idle' in found:
        add('Idle streams', idle_table(found['idle']))
    if 'tls idle' in found:
        add('Idle streams over TLS', idle_table(found['tls idle']))
    add('The rest', rest(groups, found, root))
    if 'micro' in found:
        add('Hot functions', table(['', 'ns'], [[f'`{name}`', thousands(value)] for name, value in found['micro'].items()]))
    return '\n'.join(parts)


def picture(bench):
    groups, panels = bench.out.medians(), []
    for title, group, figure in (('Processor time per call, µs: 64 connections, one worker', '64', 'cpu'),
                                 ('Calls a second: 64 connections, one processor', '64', 'rate'),
                                 (f'Added latency at {RATE:,} calls a second, p99, µs', 'rate 4000', 'p99'),
                                 ('Processor time per call with TLS, µs', 'tls', 'cpu')):
        if group in groups:
            figures = {label: one[figure] for label, one in groups[group].items()}
            if figure == 'p99':
                direct = figures.pop('direct')
                figures = {label: max(0.0, value - direct) for label, value in figures.items()}
            panels.append((title, figures))
    if 'idle' in bench.found:
        count = max(count for count in bench.found['idle']['gateway'] if isinstance(count, int))
        panels.append((f'Own memory of an idle stream, bytes: {count:,} streams', {label: max(0, one[count]) for label, one in bench.found['idle'].items()}))
    return chart(panels)


def commit(root):
    return subprocess.run(['git', 'describe', '--always', '--dirty'], cwd=root, capture_output=True, text=True).stdout.strip()


def machine(versions, root):
    def read(path, key):
        with open(path) as lines:
            return next((line.split(':', 1)[1].strip() for line in lines if line.startswith(key)), '?')
    memory = int(read('/proc/meminfo', 'MemTotal').split()[0]) / 2**20
    return (f"{os.cpu_count()} × {read('/proc/cpuinfo', 'model name')}, {memory:.0f} GiB, {read('/proc/cpuinfo', 'flags').count('hypervisor') and 'virtual' or 'real'} "
            f"machine, Linux {platform.release()}. {'; '.join(versions)}. Gatehouse at {commit(root)}.\n")


def write_between_marks(path, text, writer='run'):
    with open(path) as file:
        page = file.read()
    begin = page.index('\n', page.index(BEGIN.format(writer))) + 1
    with open(path, 'w') as file:
        file.write(page[:begin] + '\n' + text + '\n' + page[page.index(END, begin):])
