# SPDX-License-Identifier: Apache-2.0
"""Where the processor's time goes: stacks of `perf script`, as shares by part and as a flame graph in SVG."""
import re
from html import escape

from .modules import part_of

WIDTH, ROW, LEAST = 1200, 17, 0.002
COLOURS = {'kernel': '#d1d5db', 'OpenSSL': '#fdba74', 'SQLite': '#d9f99d', 'libraries': '#bfdbfe', 'gatehouse': '#f87171'}


def read_stacks(text):
    """Lists of (function, program or library), the outermost first."""
    stacks, frames = [], []
    for line in [*text.splitlines(), '']:
        if not line.strip():
            if frames:
                stacks.append(frames[::-1])
            frames = []
        elif match := re.match(r'\s+[0-9a-f]+ (.*) \((\S+)\)$', line):
            frames.append((_short(match.group(1)), match.group(2)))
    return stacks


def _short(name):
    """Without arguments and template arguments."""
    name = re.sub(r'\+0x[0-9a-f]+$', '', name)
    name = name.replace('(anonymous namespace)::', '').replace('operator()', 'operator_call')
    kept, depth = '', 0
    for i, letter in enumerate(name):
        if letter in '<(' and not name[:i].endswith('operator'):
            depth += 1
        elif letter in '>)' and not name[:i].endswith('-'):
            depth = max(0, depth - 1)
        elif depth == 0:
            kept += letter
    return re.sub(r'^.*? (?=[\w:~]+$)', '', kept.replace(' const', '').strip()).replace('operator_call', 'operator()') or '?'


def shares(stacks):
    found = {}
    for stack in stacks:
        part = part_of(*stack[-1])
        found[part] = found.get(part, 0) + 1
    return {part: count / len(stacks) for part, count in sorted(found.items(), key=lambda pair: -pair[1])}


class _Node:
    def __init__(self):
        self.count, self.below = 0, {}


def _tree(stacks):
    root = _Node()
    for stack in stacks:
        node = root
        root.count += 1
        for frame in stack:
            node = node.below.setdefault(frame, _Node())
            node.count += 1
    return root


def flame_graph(stacks, title):
    root = _tree(stacks)
    boxes, deepest = [], 0
    waiting = [(root, 0.0, 0)]
    while waiting:
        node, x, depth = waiting.pop()
        for frame, child in sorted(node.below.items()):
            width = child.count / root.count
            if width >= LEAST:
                boxes.append((frame, x, width, depth, child.count))
                deepest = max(deepest, depth)
                waiting.append((child, x, depth + 1))
            x += width
    height = (deepest + 1) * ROW + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
             '<style>text{font:11px monospace;fill:#111827}.title{font:600 14px system-ui,sans-serif}</style>',
             f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/><text x="8" y="20" class="title">{escape(title)}</text>']
    for frame, x, width, depth, count in boxes:
        part = part_of(*frame)
        colour = COLOURS.get(part, COLOURS['gatehouse'] if part.startswith('src/') else COLOURS['libraries'])
        left, size, y = x * WIDTH, width * WIDTH, height - 8 - (depth + 1) * ROW
        letters = int((size - 4) / 6.7)
        label = escape(frame[0].replace('gatehouse::', '')[:letters]) if letters > 2 else ''
        parts.append(f'<g><title>{escape(frame[0])} ({escape(part)}): {count / root.count:.1%}</title><rect x="{left:.1f}" y="{y}" width="{max(size - 0.4, 0.3):.1f}" '
                     f'height="{ROW - 1}" rx="1" fill="{colour}"/>' + (f'<text x="{left + 3:.1f}" y="{y + 12}">{label}</text>' if label else '') + '</g>')
    return '\n'.join([*parts, '</svg>', ''])
