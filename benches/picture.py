"""The picture of docs/benchmarks.md: a bar for each engine, as long as its rate, beside the fastest one of its question."""

from html import escape

import report

WIDTH, LEFT, BAR, ROW, HEAD = 760, 130, 470, 24, 38  # of the picture, of names, of the longest bar, of a bar, of a question's name
STYLE = """
  svg { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif; font-size: 13px; }
  .page { fill: #fbfaf7; } .ours { fill: #1d5a78; } .theirs { fill: #b9b3a5; }
  .question { fill: #22262a; font-weight: 650; font-size: 14px; } .engine { fill: #22262a; } .rate { fill: #5b6066; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #14181c; } .ours { fill: #6fb3d4; } .theirs { fill: #565d64; }
    .question, .engine { fill: #e6e8ea; } .rate { fill: #a4abb2; }
  }
"""


def rates(asked):
    """{engine: ballots a second}, the fastest first, of those whose answers stand."""
    found = {engine: report.rate(answer, asked["ballots"]) for engine, answer in asked["answers"].items() if report.stands(answer)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def drawn(result, names):
    """SVG of these questions of a file of results; those that a single engine answers are left out, for nothing is beside it."""
    compared = {name: found for name in names if len(found := rates(result["questions"][name])) > 1}
    shapes, told, y = [], [], 10
    for name, found in compared.items():
        shapes.append(f'<text class="question" x="16" y="{y + 22}">{escape(name)}, ballots a second</text>')
        told.append(f"{name}: " + ", ".join(f"{engine} {rate:,.0f}" for engine, rate in found.items()))
        y += HEAD
        for engine, rate in found.items():
            long = max(1, round(BAR * rate / max(found.values())))
            kind = "ours" if engine.startswith("teller") else "theirs"
            shapes.append(f'<text class="engine" x="{LEFT - 10}" y="{y + 13}" text-anchor="end">{escape(engine)}</text>')
            shapes.append(f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{long}" height="{ROW - 6}" rx="2"/>')
            shapes.append(f'<text class="rate" x="{LEFT + long + 8}" y="{y + 13}">{rate:,.0f}</text>')
            y += ROW
    y += 16
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" aria-labelledby="title desc">'
    title = '<title id="title">Ballots a second of each engine</title>'
    desc = f'<desc id="desc">{escape(". ".join(told))}.</desc>'
    page = f'<rect class="page" width="{WIDTH}" height="{y}"/>'
    return "\n".join([head, title, desc, f"<style>{STYLE}</style>", page, *shapes, "</svg>"]) + "\n"
