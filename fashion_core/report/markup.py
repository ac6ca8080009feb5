"""HTML that is escaped unless it was made here: a visitor's text cannot become markup."""

import html
from collections.abc import Iterable, Sequence

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Nothing is fetched and no script runs, whatever else the file contains (W3C CSP 3)."""

_VOID = frozenset({"meta", "img", "line", "rect", "circle", "path"})


class Html(str):
    """Text that is HTML already; any other text is escaped wherever it is put in."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str | float) -> Html:
    """Give an element; children and attribute values are escaped, `Html` children are not.

    Args:
        name: Tag, of HTML or SVG.
        children: Content, in order.
        attributes: "_" is written as "-", and one at the end left out: `class_`.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_plain(value))}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Html(f"<{name}{written}>" if name in {"meta", "img"} else f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """Put parts one after another, each escaped unless it is `Html`."""
    return Html("".join(part if isinstance(part, Html) else html.escape(part) for part in parts))


def section(title: str, *children: str) -> Html:
    """Give a part of the report under its heading."""
    return element("section", element("h2", title), *children)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], class_: str = "") -> Html:
    """Give a table whose first column names the rows."""
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", v) for v in row[1:]))
        for row in rows
    ]
    top = element("tr", *(element("th", text, scope="col") for text in head))
    return element("table", element("thead", top), element("tbody", *body), class_=class_)


def lines(text: str) -> Html:
    """Give a text of several lines, each on a line of its own."""
    return Html("<br>".join(html.escape(line) for line in text.splitlines()))


def document(title: str, style: str, *body: str) -> str:
    """Give the whole file.

    Args:
        title: Name in the window's title bar.
        style: CSS of our own, not escaped.
        body: Content, escaped unless it is `Html`.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html(style)),
    )
    page = element("html", head, "\n", element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
