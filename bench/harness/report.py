# SPDX-License-Identifier: Apache-2.0
"""Tables of what was measured, in Markdown."""
import os
import platform
import subprocess

BEGIN, END = '<!-- bench/run writes from here', '<!-- to here -->'


def table(head, rows):
    lines = ['| ' + ' | '.join(head) + ' |', '| --- |' + ' ---: |' * (len(head) - 1)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows]) + '\n'


def thousands(value):
    return f'{value:,.0f}'


def ratio(figures, label, base, name):
    return f'{figures[label][name] / figures[base][name]:.2f} ×' if base in figures else ''


def closed_table(groups, counts, base):
    """Of the groups named by `counts` (connections: group), with ratios to `base` at every count."""
    first = groups[next(iter(counts.values()))]
    head = ['', *(f'req/s, {n}' for n in counts), *(f'× {base}' for _ in counts), *(f'µs, {n}' for n in counts), *(f'× {base}' for _ in counts)]
    rows = []
    for label in first:
        of = [groups[group] for group in counts.values()]
        rows.append([label, *(thousands(group[label]['rate']) for group in of), *(ratio(group, label, base, 'rate') for group in of),
                     *(f"{group[label]['cpu']:.1f}" for group in of), *(ratio(group, label, base, 'cpu') for group in of)])
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


def targets(groups, idle, cold):
    """Issue 3's targets that can be measured today."""
    one, rate = groups['64'], groups['rate 4000']
    cpu = lambda figures, label, base: figures[label]['cpu'] / figures[base]['cpu']
    most_streams = idle['gateway'][max(count for count in idle['gateway'] if isinstance(count, int))]
    rows = [
        ('processor time, everything on, against nginx plain, 64 connections', cpu(one, 'gateway', 'nginx'), 0.80, '×'),
        ('the same at 4,000 calls a second', cpu(rate, 'gateway', 'nginx'), 0.90, '×'),
        ('everything on, against a bare TCP relay, 64 connections', cpu(one, 'gateway', 'relay'), 1.6, '×'),
        ('own memory of an idle stream', most_streams, 1024, 'B'),
        ('cold start to ready', cold * 1000, 100, 'ms'),
    ]
    most = [[name, f'≤ {limit:g} {unit}', f'{value:.2f} {unit}' if unit == '×' else f'{value:,.0f} {unit}', 'yes' if value <= limit else 'no']
            for name, value, limit, unit in rows]
    for count in ('64', '256'):
        value = groups[count]['gateway']['rate'] / groups[count]['nginx']['rate']
        most.append([f'calls a second, everything on, against nginx plain, {count} connections', '≥ 1.15 ×', f'{value:.2f} ×', 'yes' if value >= 1.15 else 'no'])
    return table(['figure', 'target', 'measured', 'met'], most)


def machine(versions, root):
    def read(path, key):
        with open(path) as lines:
            return next((line.split(':', 1)[1].strip() for line in lines if line.startswith(key)), '?')
    commit = subprocess.run(['git', 'describe', '--always', '--dirty'], cwd=root, capture_output=True, text=True).stdout.strip()
    memory = int(read('/proc/meminfo', 'MemTotal').split()[0]) / 2**20
    return (f"{os.cpu_count()} × {read('/proc/cpuinfo', 'model name')}, {memory:.0f} GiB, {read('/proc/cpuinfo', 'flags').count('hypervisor') and 'virtual' or 'real'} "
            f"machine, Linux {platform.release()}. {'; '.join(versions)}. Gatehouse at {commit}.\n")


def write_between_marks(path, text):
    with open(path) as file:
        page = file.read()
    begin = page.index('\n', page.index(BEGIN)) + 1
    with open(path, 'w') as file:
        file.write(page[:begin] + '\n' + text + '\n' + page[page.index(END):])
