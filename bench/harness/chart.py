# SPDX-License-Identifier: Apache-2.0
"""A bar chart as SVG."""
from html import escape

WIDTH, LABEL, BAR, GAP = 860, 190, 18, 7
COLOURS = {'gateway': '#2563eb', 'gateway, no session': '#60a5fa', 'gateway, plain': '#93c5fd'}
GREY = '#9ca3af'


def _bars(title, figures, top):
    longest = max(figures.values()) or 1
    parts = [f'<text x="0" y="{top + 18}" class="title">{escape(title)}</text>']
    y = top + 30
    for label, value in figures.items():
        width = max(1.0, (WIDTH - LABEL - 90) * value / longest)
        shown = f'{value:,.0f}' if value >= 100 else f'{value:.1f}'
        parts += [f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escape(label)}</text>',
                  f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" fill="{COLOURS.get(label, GREY)}"/>',
                  f'<text x="{LABEL + width + 6:.1f}" y="{y + 13}">{shown}</text>']
        y += BAR + GAP
    return parts, y + 16


def chart(panels):
    """`panels`: pairs of a title and figures by label."""
    parts, y = [], 8
    for title, figures in panels:
        more, y = _bars(title, figures, y)
        parts += more
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 0 {WIDTH + 32} {y}" width="{WIDTH + 32}" height="{y}" role="img">',
        '<style>text{font:13px system-ui,sans-serif;fill:#111827}.title{font-weight:600;font-size:15px}</style>',
        f'<rect x="-16" width="{WIDTH + 32}" height="{y}" fill="#ffffff"/>', *parts, '</svg>', ''])
