"""Pieces of a picture as SVG text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

Point = tuple[float, float]

STYLE = (
    "text { font-family: 'DejaVu Sans', Verdana, sans-serif; font-size: 13px; fill: #222 } "
    ".small { font-size: 11px; fill: #555 } .title { font-size: 15px; font-weight: bold } "
    ".grid { stroke: #e3e3e3; stroke-width: 1 } .axis { stroke: #888; stroke-width: 1 }"
)


@dataclass
class Picture:
    """What was drawn so far, on white."""

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def text(self, at: Point, words: str, *, anchor: str = "start", kind: str = "", turned: float = 0) -> None:
        x, y = at
        turn = f' transform="rotate({turned:g} {x:.1f} {y:.1f})"' if turned else ""
        kind = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}{turn}>{escape(words)}</text>')

    def line(self, begin: Point, end: Point, kind: str) -> None:
        (x1, y1), (x2, y2) = begin, end
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def curve(self, points: Sequence[Point], colour: str, *, series: str, width: float, dashes: str = "") -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed} '
            f'stroke-linejoin="round" data-series="{escape(series)}"/>'
        )

    def dots(self, points: Sequence[Point], colour: str, *, series: str, radius: float) -> None:
        circles = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>' for x, y in points)
        self.parts.append(
            f'<g fill="{colour}" stroke="#fff" stroke-width="0.8" data-series="{escape(series)}">{circles}</g>'
        )

    def __str__(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
            f'height="{self.height}" role="img">\n<title>{escape(self.title)}</title>\n<style>{STYLE}</style>\n'
            '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(self.parts) + "\n</svg>\n"
        )
