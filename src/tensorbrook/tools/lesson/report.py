"""The lesson's report: one HTML page with nothing outside it."""

from __future__ import annotations

import io
import keyword
import tokenize
from dataclasses import dataclass
from html import escape

from ...charts.svg import Picture
from .chapter import Chapter

STYLE = """
:root{color-scheme:light dark;--ink:#27313d;--soft:#5c6875;--line:#dfe5ec;--back:#f5f7fa;
--card:#fff;--code:#f7f9fb;--accent:#2f7ed8;--key:#8a3fa0;--str:#2b7a4b;--num:#b35309;--com:#7a8794}
@media(prefers-color-scheme:dark){:root{--ink:#e2e8ef;--soft:#a3afbc;--line:#2b333d;--back:#0e1217;
--card:#161b22;--code:#11161d;--accent:#6aa9f0;--key:#cf9bea;--str:#83cf9b;--num:#f0ab6b;
--com:#8794a3}}
*{box-sizing:border-box}html{scroll-behavior:smooth}
body{margin:0;background:var(--back);color:var(--ink);
font:16px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
main,header,footer{max-width:1400px;margin:0 auto;padding:0 24px}
header{padding-top:48px}h1{font-size:34px;line-height:1.2;margin:0 0 8px}
.lead{color:var(--soft);font-size:18px;max-width:46em;margin:0 0 24px}
.cards{display:flex;flex-wrap:wrap;gap:12px;margin:0 0 20px;padding:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 18px}
.card b{display:block;font-size:24px;line-height:1.3}.card span{color:var(--soft);font-size:14px}
nav{columns:3 260px;margin:0 0 12px}nav a{display:block;padding:2px 0}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:26px 28px;margin:22px 0}
h2{font-size:23px;margin:0 0 6px}h2 small{color:var(--soft);font-weight:400;margin-right:10px}
h2 i{float:right;font:13px/1 monospace;color:var(--soft);padding-top:9px}
section>p{max-width:54em;margin:0 0 16px}
.two{display:grid;grid-template-columns:minmax(0,1.22fr) minmax(0,1fr);gap:26px;align-items:start}
.row{display:flex;flex-wrap:wrap;gap:26px;align-items:flex-start;margin-top:10px}
.row figure{flex:0 1 auto;max-width:100%}
@media(max-width:980px){.two{grid-template-columns:minmax(0,1fr)}}
pre{background:var(--code);border:1px solid var(--line);border-radius:8px;padding:14px 16px;
margin:0 0 14px;overflow:auto;
font:12.5px/1.5 ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}
pre.printed{max-height:330px;color:var(--soft)}
.label{font-size:12px;letter-spacing:.06em;text-transform:uppercase;
color:var(--soft);margin:0 0 5px}
.k{color:var(--key)}.s{color:var(--str)}.n{color:var(--num)}.c{color:var(--com);font-style:italic}
figure{margin:0 0 16px}figure svg{max-width:100%;height:auto;display:block}
ul.facts{margin:0 0 16px;padding:12px 16px 12px 34px;border-left:4px solid var(--accent);
background:var(--code);border-radius:0 8px 8px 0}
footer{color:var(--soft);font-size:14px;padding-bottom:48px}
@media print{body{background:#fff}section{break-inside:avoid}pre.printed{max-height:none}}
"""


@dataclass
class Told:
    """A chapter as it went: what it printed, drew and measured, and the seconds it took."""

    chapter: Chapter
    printed: str
    figures: list[Picture]
    facts: list[str]
    seconds: float


def highlighted(source: str) -> str:
    """Return Python source as HTML with keywords, strings, numbers and comments marked.

    Example:

    >>> from tensorbrook.tools.lesson.report import highlighted
    >>> highlighted("return 1  # one")
    '<span class="k">return</span> <span class="n">1</span>  <span class="c"># one</span>'
    """
    kinds = {tokenize.STRING: "s", tokenize.NUMBER: "n", tokenize.COMMENT: "c"}
    # From Python 3.12 on an f-string is several tokens.
    kinds |= {getattr(tokenize, f"FSTRING_{part}", -1): "s" for part in ("START", "MIDDLE", "END")}
    lines = source.splitlines(keepends=True)
    out, row, column = [], 1, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL):
            continue
        (start_row, start), (end_row, end) = token.start, token.end
        while row < start_row:
            out.append(escape(lines[row - 1][column:], quote=False))
            row, column = row + 1, 0
        if row <= len(lines):
            out.append(escape(lines[row - 1][column:start], quote=False))
        kind = kinds.get(token.type)
        if token.type == tokenize.NAME and keyword.iskeyword(token.string):
            kind = "k"
        words = escape(token.string, quote=False)
        out.append(f'<span class="{kind}">{words}</span>' if kind and words else words)
        row, column = end_row, end
    return "".join(out).rstrip("\n")


def page(told: list[Told], title: str, lead: str, cards: dict[str, str], footer: str) -> str:
    """Return the whole report.

    Args:
        cards: the figures shown first, `{what: value}`.
    """
    links = "".join(
        f'<a href="#chapter-{i}">{i}. {escape(t.chapter.title)}</a>' for i, t in enumerate(told, 1)
    )
    boxes = "".join(
        f'<div class="card"><b>{escape(value)}</b><span>{escape(what)}</span></div>'
        for what, value in cards.items()
    )
    sections = "".join(_section(i, t) for i, t in enumerate(told, 1))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<header><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>'
        f'<div class="cards">{boxes}</div><nav>{links}</nav></header>'
        f"<main>{sections}</main><footer>{escape(footer)}</footer></body></html>\n"
    )


def _section(index: int, told: Told) -> str:
    facts = "".join(f"<li>{escape(fact)}</li>" for fact in told.facts)
    figures = [f"<figure>{figure.svg}</figure>" for figure in told.figures]
    beside, below = "".join(figures[:2]), "".join(figures[2:])
    code = f'<p class="label">code</p><pre>{highlighted(told.chapter.source)}</pre>'
    printed = told.printed.rstrip()
    output = f'<p class="label">it printed</p><pre class="printed">{escape(printed, quote=False)}'
    output = f"{output}</pre>" if printed else ""
    measured = f'<p class="label">measured</p><ul class="facts">{facts}</ul>' if facts else ""
    words = escape(" ".join(told.chapter.words.split()))
    right = (measured + beside) if figures else (measured + output)
    left = (code + output) if figures else code
    row = f'<div class="row">{below}</div>' if below else ""
    return (
        f'<section id="chapter-{index}"><h2><small>{index}</small>{escape(told.chapter.title)}'
        f"<i>{told.seconds:.2f} s</i></h2><p>{words}</p>"
        f'<div class="two"><div>{left}</div><div>{right}</div></div>{row}</section>'
    )
