"""Pictures of figures, as plain SVG: bars in groups, and curves. A picture brings its own paper and ink, for light and
for dark, so that it can be read on any page.

    write("docs/growth.svg", bars("Get by id", ["orgd", "PHP-FPM"], [Group("requests/s", [9800, 3900])]))
    write("docs/soak.svg", curves("Memory", {"worker": [(0, 1.8), (3600, 1.9)]}, Axis("seconds"), Axis("MiB")))
"""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH = 760
EDGE = 16
FONT_PX = 13
LINE_PX = 20
BAR_PX = 15
CHARACTER_PX = FONT_PX * 0.56  # about the mean width in a sans-serif font
CURVES_HEIGHT = 260
TICKS = 6

INKS = ("#2f6fb3", "#d97b12", "#2b8a5f", "#9657b5", "#b8433f", "#6b7280")
DARK_INKS = ("#6aa9e6", "#f0a24a", "#5cc396", "#c593de", "#ec807b", "#a3aab5")
STYLE = """
  svg { font: %dpx system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
  .paper { fill: #ffffff; } text { fill: #24292f; } .title { font-weight: 600; }
  .small { font-size: 11px; fill: #57606a; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; }
  .grid { stroke: #d8dee4; } .target { stroke: #24292f; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .curve { fill: none; stroke-width: 2; }
%s
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } text { fill: #e6edf3; } .small { fill: #9198a1; stroke: #0d1117; }
    .grid { stroke: #30363d; } .target { stroke: #e6edf3; }
%s
  }
"""


@dataclass
class Group:
    """Bars that stand together: one for each series, in their order; None leaves one out."""

    label: str
    values: list
    target: float = None  # a line of its own, across these bars


@dataclass
class Axis:
    """What is along it, and where it begins and ends, should that not follow from the values."""

    label: str = ""
    log: bool = False
    low: float = None
    high: float = None


class Scale:
    """From values to pixels, with round numbers to draw lines at."""

    def __init__(self, axis, values, start, end):
        self.axis = axis
        self.start, self.end = start, end
        low, high = (min(values), max(values)) if axis.log else (min(0, *values), max(0, *values))
        self.ticks = self._decades(low, high) if axis.log else self._steps(low, high)
        self.low = self.ticks[0] if axis.low is None else axis.low
        self.high = self.ticks[-1] if axis.high is None else axis.high
        self.ticks = [tick for tick in self.ticks if self.low <= tick <= self.high]

    def _steps(self, low, high):
        """Multiples of 1, 2 or 5 times a power of ten, the last not below the highest value."""
        low, high = (given if given is not None else value
                     for given, value in ((self.axis.low, low), (self.axis.high, high)))
        rough = ((high - low) or 1) / TICKS
        power = 10 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]

    def _decades(self, low, high):
        """Powers of ten; 2 and 5 times them as well where there are few."""
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        factors = (1, 2, 5) if last - first <= 2 else (1,)
        ticks = [factor * 10.0 ** power for power in range(first, last + 1) for factor in factors]
        begin = max([tick for tick in ticks if tick <= low], default=ticks[0])
        end = min(tick for tick in ticks if tick >= high)
        return [tick for tick in ticks if begin <= tick <= (end if end > begin else ticks[-1])]

    def at(self, value):
        value = min(max(value, self.low), self.high)
        if self.axis.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def number(value):
    """As people write it: three significant digits, thousands apart."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Drawing:
    """SVG elements, from top to bottom; texts lie over everything else."""

    def __init__(self, title, names):
        self.parts = []
        self.texts = []
        self.title = title
        self.bottom = EDGE + FONT_PX
        self.text(EDGE, self.bottom, title, "title")
        if len(names) > 1:
            self._legend(names)
        self.bottom += LINE_PX

    def _legend(self, names):
        self.bottom += LINE_PX
        x = EDGE
        for index, name in enumerate(names):
            width = 14 + 6 + len(name) * CHARACTER_PX + 18
            if x + width > WIDTH and x > EDGE:
                x, self.bottom = EDGE, self.bottom + LINE_PX
            self.box(x, self.bottom - 10, 12, 12, index)
            self.text(x + 18, self.bottom, name)
            x += width

    def add(self, element):
        self.parts.append(element)

    def text(self, x, y, text, style="", anchor="start"):
        self.texts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>')

    def box(self, x, y, width, height, index):
        self.add(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="fill{index}"/>')

    def line(self, x1, y1, x2, y2, style):
        self.add(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>')

    def svg(self, height):
        def inks(colours):
            return "\n".join(f"  .fill{index} {{ fill: {ink}; }} .ink{index} {{ stroke: {ink}; }}"
                             for index, ink in enumerate(colours))

        style = STYLE % (FONT_PX, inks(INKS), inks(DARK_INKS))
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}"'
                f' height="{height:.0f}" role="img" aria-label="{escape(self.title, {chr(34): "&quot;"})}">\n'
                f'<style>{style}</style>\n<rect class="paper" width="100%" height="100%"/>\n' +
                "\n".join(self.parts + self.texts) + "\n</svg>\n")


def _draw_group(drawing, group, scale, top):
    """Returns where it ends."""
    drawing.text(scale.start - 8, top + len(group.values) * BAR_PX / 2 + 4, group.label, anchor="end")
    y = top
    for index, value in enumerate(group.values):
        if value is not None:
            end = scale.at(value)
            drawing.box(scale.start, y + 1, max(end - scale.start, 1), BAR_PX - 2, index)
            drawing.text(end + 5, y + BAR_PX - 4, number(value), "small")
        y += BAR_PX
    if group.target is not None:
        drawing.line(scale.at(group.target), top - 3, scale.at(group.target), y + 3, "target")
    return y


def bars(title, series, groups, axis=Axis(), targets=None):
    """The picture's text: lying bars, one colour for each of `series`. `targets` are {label: value}: lines across
    all."""
    drawing = Drawing(title, series)
    targets = targets or {}
    values = [value for group in groups for value in (*group.values, group.target) if value is not None]
    left = EDGE + max(len(group.label) for group in groups) * CHARACTER_PX + 12
    scale = Scale(axis, [*values, *targets.values()], left, WIDTH - EDGE - 48)
    top = drawing.bottom + (FONT_PX if targets else 0)
    bottom = top + sum(len(group.values) * BAR_PX + 12 for group in groups)
    for tick in scale.ticks:
        drawing.line(scale.at(tick), top - 4, scale.at(tick), bottom, "grid")
        drawing.text(scale.at(tick), bottom + 14, number(tick), "small", "middle")
    drawing.text(WIDTH - EDGE, bottom + 32, axis.label, "small", "end")
    y = top
    for group in groups:
        y = _draw_group(drawing, group, scale, y) + 12
    for label, value in targets.items():
        drawing.line(scale.at(value), top - 6, scale.at(value), bottom, "target")
        drawing.text(scale.at(value), top - 9, label, "small", "middle")
    return drawing.svg(bottom + (40 if axis.label else 24))


def curves(title, series, x, y, targets=None):
    """The picture's text: a curve for each of `series`, {name: [(x, y), …]}, along two axes. `targets` are
    {label: value} of y."""
    drawing = Drawing(title, list(series))
    targets = targets or {}
    points = [point for curve in series.values() for point in curve]
    top = drawing.bottom + FONT_PX
    bottom = top + CURVES_HEIGHT
    up = Scale(y, [*(point[1] for point in points), *targets.values()], bottom, top)
    left = EDGE + max(len(number(tick)) for tick in up.ticks) * CHARACTER_PX + 6
    along = Scale(x, [point[0] for point in points], left, WIDTH - EDGE - 24)
    for tick in up.ticks:
        drawing.line(left, up.at(tick), along.end, up.at(tick), "grid")
        drawing.text(left - 6, up.at(tick) + 4, number(tick), "small", "end")
    for tick in along.ticks:
        drawing.line(along.at(tick), bottom, along.at(tick), bottom + 4, "grid")
        drawing.text(along.at(tick), bottom + 18, number(tick), "small", "middle")
    drawing.text(along.end, bottom + 36, x.label, "small", "end")
    drawing.text(left, top - 8, y.label, "small")
    for label, value in targets.items():
        drawing.line(left, up.at(value), along.end, up.at(value), "target")
        drawing.text(along.end, up.at(value) - 5, label, "small", "end")
    for index, curve in enumerate(series.values()):
        path = " ".join(f"{along.at(px):.1f},{up.at(py):.1f}" for px, py in curve)
        drawing.add(f'<polyline class="curve ink{index}" points="{path}"/>')
    return drawing.svg(bottom + 46)


def write(path, picture):
    Path(path).write_text(picture, encoding="utf-8")
