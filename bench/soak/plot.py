"""SVG plot and table of the samples."""

import math
import statistics

from samples import Sample

WIDTH, LEFT, TOP, PANEL, GAP = 960, 70, 40, 110, 42
STYLE = """
    .page { fill: #ffffff } .axis { stroke: #d0d7de } .restart { stroke: #cf222e; stroke-width: 1; opacity: .35 }
    text { font: 12px sans-serif; fill: #1f2328 } .value { text-anchor: end }
    .a { fill: none; stroke: #0b5cad; stroke-width: 1.5 } .b { fill: none; stroke: #b35900; stroke-width: 1.5 } .c { fill: none; stroke: #1a7f37; stroke-width: 1.5 }
    .ta { fill: #0b5cad } .tb { fill: #b35900 } .tc { fill: #1a7f37 }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117 } .axis { stroke: #30363d } text { fill: #e6edf3 } .restart { stroke: #ff7b72 }
      .a { stroke: #6cb6ff } .b { stroke: #f0a04b } .c { stroke: #56d364 } .ta { fill: #6cb6ff } .tb { fill: #f0a04b } .tc { fill: #56d364 }
    }"""
PANELS = [
    ("MiB", [("cgroup_mib", "memory of the container"), ("rss_mib", "VmRSS"), ("anonymous_mib", "anonymous memory")]),
    ("number", [("descriptors", "descriptors"), ("threads", "threads")]),
    ("number", [("exchanges", "active exchanges"), ("streams", "streams"), ("tunnels", "tunnels")]),
    ("ms", [("ping_median_ms", "_ping, median"), ("list_median_ms", "list of containers, median"), ("ping_p99_ms", "_ping, 99 %")]),
]


def svg(samples: list[Sample], restarts: list[float]) -> str:
    height = TOP + len(PANELS) * (PANEL + GAP)
    end = max(sample.second for sample in samples)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">',
             f'  <title id="title">Memory, descriptors, exchanges and latency of the proxy during {end / 60:.0f} minutes of mixed traffic</title>',
             f"  <style>{STYLE}\n  </style>", f'  <rect class="page" width="{WIDTH}" height="{height}"/>']

    def x(second: float) -> float:
        return LEFT + second / end * (WIDTH - LEFT - 20)

    for number, (unit, series) in enumerate(PANELS):
        bottom = TOP + number * (PANEL + GAP) + PANEL
        values = [value for name, _ in series for sample in samples if not math.isnan(value := getattr(sample, name))]
        # The highest values, such as those of a restart, are cut off.
        top = ceiling(sorted(values)[int(len(values) * 0.98)] if values else 1)
        lines += [f'  <path class="restart" d="M{x(second):.1f} {bottom}v-{PANEL}"/>' for second in restarts]
        for share in (0, 0.5, 1):
            y = bottom - share * PANEL
            lines.append(f'  <path class="axis" d="M{LEFT} {y:.1f}H{WIDTH - 20}"/><text class="value" x="{LEFT - 6}" y="{y + 4:.1f}">{share * top:g}</text>')
        at = LEFT
        for letter, (name, label) in zip("abc", series):
            points = [(x(sample.second), bottom - min(getattr(sample, name) / top, 1) * PANEL) for sample in samples if not math.isnan(getattr(sample, name))]
            lines.append(f'  <polyline class="{letter}" points="{" ".join(f"{px:.1f},{py:.1f}" for px, py in points)}"/>')
            label = f"{label} ({unit})" if unit != "number" else label
            lines.append(f'  <text class="t{letter}" x="{at}" y="{bottom - PANEL - 8}">{label}</text>')
            at += 7 * len(label) + 24
        if number == len(PANELS) - 1:
            lines += [f'  <text x="{x(share * end):.1f}" y="{bottom + 18}" text-anchor="{anchor}">{share * end / 60:.0f} min</text>' for share, anchor in ((0, "middle"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1, "end"))]
    return "\n".join([*lines, "</svg>", ""])


def ceiling(value: float) -> float:
    """The next larger round number."""
    step = 10 ** math.floor(math.log10(max(value, 0.1)))
    return next(factor * step for factor in (1, 2, 3, 4, 5, 6, 8, 10) if factor * step >= value)


def table(samples: list[Sample], minutes: float = 10) -> str:
    """Medians of the first and the last minutes, in Markdown."""
    end = samples[-1].second
    parts = [[sample for sample in samples if sample.second <= minutes * 60], [sample for sample in samples if sample.second >= end - minutes * 60]]
    rows = [("memory of the container", "cgroup_mib", "{:.1f} MiB"), ("anonymous memory of the container", "anonymous_mib", "{:.1f} MiB"), ("VmRSS", "rss_mib", "{:.1f} MiB"),
            ("descriptors", "descriptors", "{:.0f}"), ("threads", "threads", "{:.0f}"), ("active exchanges", "exchanges", "{:.0f}"),
            ("`GET /_ping`, median", "ping_median_ms", "{:.1f} ms"), ("`GET /_ping`, 99 %", "ping_p99_ms", "{:.0f} ms"),
            ("list of containers, median", "list_median_ms", "{:.1f} ms"), ("list of containers, 99 %", "list_p99_ms", "{:.0f} ms"),
            ("load average of the machine (2 cores)", "load", "{:.1f}")]
    lines = [f"| median of the samples | first {minutes:g} minutes | last {minutes:g} minutes |", "| --- | ---: | ---: |"]
    for label, name, form in rows:
        cells = []
        for part in parts:
            values = [value for sample in part if not math.isnan(value := getattr(sample, name))]
            cells.append(form.format(statistics.median(values)) if values else "none")
        lines.append(f"| {label} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)
