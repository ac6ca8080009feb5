"""Text of visitors inside Markdown: shown as it is, whatever it contains."""

import re
from typing import Final

# What can begin or end something in Markdown or in one of Streamlit's additions to it. A colon
# before a blank and a full stop inside a line cannot, and stay: most names need no change.
_MARKUP: Final = re.compile(
    r"""[\\`*_{}\[\]<>#|~$&]    # emphasis, code, links, HTML, tables, formulas
    | :(?!\s)                   # :red[directives]
    | ^[-+=]                    # lists, rules and underlined headings
    | (?<=\d)[.)](?=\s|$)       # numbered lists
    """,
    re.VERBOSE | re.MULTILINE,
)

# What Streamlit replaces whatever is escaped: an invisible character that joins words keeps the
# parts from being found. Tried in the browser; see tests/browser/test_runs.py.
_FOUND_LATER: Final = re.compile(
    r"""(?<=:)(?=[\w+/\\-]+:)                           # :emojis: and :material/icons:
    | (?<=:)(?=/) | (?<=www)(?=\.) | (?<=@)             # addresses
    | (?<=[<>~-])(?=\\?[>=-])                           # arrows and other signs
    """,
    re.VERBOSE | re.IGNORECASE,
)
_JOINER: Final = "\u2060"


def literal(text: str) -> str:
    """Give Markdown that shows a text character for character, line by line.

    Blanks at the start of a line are dropped, since they would make it code.

    References:
        CommonMark 0.31, section 2.4: a backslash makes any ASCII punctuation literal.
    """
    lines = "\n".join(line.lstrip() for line in text.splitlines())
    escaped = _MARKUP.sub(r"\\\g<0>", lines)
    return _FOUND_LATER.sub(_JOINER, escaped).replace("\n", "  \n")
