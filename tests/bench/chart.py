# SPDX-License-Identifier: MIT OR Apache-2.0
"""A picture of lines on logarithmic scales as SVG, readable on light and dark pages."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 190, 40, 50
COLOURS = ["#8c959f", "#0969da", "#cf222e", "#8250df", "#bf8700", "#1a7f37", "#e16f24", "#57606a", "#1b7c83"]
STYLE = """
text{font:12px system-ui,sans-serif;fill:#1f2328}.t{font-size:14px;font-weight:600}.g{stroke:#8c959f;stroke-opacity:.25}
polyline{fill:none;stroke-width:1.6}.ours{stroke-width:3.4}text.ours{font-weight:700;stroke-width:0}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}}
"""
SPACE = 14  # between two labels


def label(x, y, words, anchor="start", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def decades(low, high):
    return [10 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def apart(heights):
    """The heights of labels, moved down so that none lies on another."""
    placed, last = {}, -SPACE
    for name, y in sorted(heights.items(), key=lambda item: item[1]):
        last = placed[name] = max(y, last + SPACE)
    return placed


def chart(title, lines, marks, unit, across, ours):
    """LINES: {name: [(x, y)]}; MARKS: [(x, words)] on the axis below; UNIT: words for a y."""
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    steps = decades(min(ys), max(ys))
    low, high = math.log10(steps[0]), math.log10(steps[-1])
    first, last = math.log10(min(xs)), math.log10(max(xs))

    def at(x, y):
        return (LEFT + (math.log10(x) - first) / (last - first) * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - (math.log10(y) - low) / (high - low) * (HEIGHT - TOP - BOTTOM))

    parts = [label(LEFT, 22, title, kind="t")]
    for step in steps:
        y = at(min(xs), step)[1]
        parts += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>', label(LEFT - 8, y + 4, unit(step), "end")]
    parts += [label(at(x, ys[0])[0], HEIGHT - BOTTOM + 18, words, "middle") for x, words in marks]
    parts.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, across, "middle"))
    heights = apart({name: at(*points[-1])[1] for name, points in lines.items()})
    for (name, points), colour in zip(lines.items(), COLOURS):
        kind = "ours" if name == ours else ""
        path = " ".join("{:.1f},{:.1f}".format(*at(*point)) for point in points)
        parts.append(f'<polyline points="{path}" stroke="{colour}" class="{kind}"/>')
        parts.append(f'<circle cx="{WIDTH - RIGHT + 10}" cy="{heights[name]:.1f}" r="4" fill="{colour}"/>')
        parts.append(label(WIDTH - RIGHT + 18, heights[name] + 4, name, kind=kind))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
            f'aria-label="{escape(title)}"><style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n")
