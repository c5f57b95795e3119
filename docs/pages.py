"""Writes the pages of the documentation site, one for every public symbol: make site

What mkdocs.yml then builds: these pages, and the pages of docs/, in the folder `build/pages`.
"""

import inspect
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "stubs"))

import make
import surface

ROOT = Path(__file__).parents[1]
SECTIONS = re.compile(r"^(Args|Returns|Raises|Yields|Attributes|Example|Examples):$", re.MULTILINE)


def marked_up(text):
    """A docstring as Markdown: sections become headings, arguments lists, sessions code."""
    parts = SECTIONS.split(inspect.cleandoc(text))
    pages = [parts[0]]
    for title, body in zip(parts[1::2], parts[2::2]):
        body = inspect.cleandoc(body)
        if title.startswith("Example"):
            body = f"```pycon\n{body}\n```"
        else:
            body = re.sub(r"^(\*{0,2}\w[\w, *]*?): ", r"- **`\1`**: ", body, flags=re.MULTILINE)
        pages.append(f"**{title}**\n\n{body}\n")
    return "\n".join(pages)


def signature(value, path, name, **options):
    """A function's or a class's call, with types, as code."""
    function = value.__init__ if inspect.isclass(value) else value
    if inspect.isclass(value):
        options = {"method": True, "extra": make.constructor_extra(value)}
    inner = make.signature_text(function, path, True, **options)
    parameters = re.split(r", (?=\*{0,2}\w+: |\*, |/)", inner)
    shown = [p for p in parameters if p not in ("self", "cls")]
    result = "" if inspect.isclass(value) else f" -> {make.result_type(function, path) or 'Any'}"
    lines = ", ".join(shown) if len(shown) < 3 else "".join(f"\n    {p}," for p in shown) + "\n"
    return f"```python\n{name}({lines}){result}\n```\n"


def methods(cls):
    """The public methods that a class defines or changes, each with its documentation."""
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)
        if name[0] != "_" and surface.is_function(function) and function.__doc__:
            call = signature(function, f"{cls.__name__}.{name}", name, method=True)
            yield f"## {name}\n\n{call}\n{marked_up(function.__doc__)}\n"


def page(paths, value):
    """The page of a class or function, which has several paths in `tf`."""
    path, *others = paths
    name = path.rpartition(".")[2]
    parts = [f"# {path}\n"]
    parts += [f"Also as {', '.join(f'`{p}`' for p in others)}.\n"] * bool(others)
    parts += [signature(value, path.removeprefix("tf."), name), marked_up(value.__doc__ or "")]
    if inspect.isclass(value):
        bases = [b for b in value.__mro__[1:] if id(b) in surface.public_paths()]
        parts += [f"\nBased on `{surface.public_paths()[id(b)][0]}`.\n" for b in bases[:1]]
        parts += methods(value)
    return "\n".join(parts)


def main(folder):
    """Writes all pages."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for ending in ("md", "svg", "png"):
        for file in sorted((ROOT / "docs").glob(f"*.{ending}")):
            shutil.copy(file, folder)
    (folder / "index.md").write_text((ROOT / "README.md").read_text().replace("](docs/", "]("))
    known = {}
    for path, module in surface.public_modules().items():
        rows = []
        for name, value in sorted(surface.offered(module).items()):
            paths = surface.public_paths().get(id(value))
            if not paths or not (inspect.isclass(value) or surface.is_function(value)):
                continue
            if id(value) not in known and surface.is_ours(value):
                known[id(value)] = f"api/{'/'.join(paths[0].split('.'))}.md"
                place = folder / known[id(value)]
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(page(paths, value))
            first = inspect.cleandoc(value.__doc__ or "").partition("\n")[0]
            up = "../" * (path.count(".") + 1)
            rows.append(f"| [`{name}`]({up}{known.get(id(value), '')}) | {first} |")
        place = folder / "api" / Path(*path.split(".")) / "index.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        about = inspect.cleandoc(module.__doc__ or "")
        table = "\n".join(["| name | |", "|---|---|", *rows]) if rows else ""
        place.write_text(f"# {path}\n\n{about}\n\n{table}\n")
    print(f"{len(known)} symbols in {folder}")


if __name__ == "__main__":
    main(ROOT / "build" / "pages")
