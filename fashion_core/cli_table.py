"""Tables of the command line: columns padded to their widest cell."""

from collections.abc import Sequence


def align(rows: Sequence[Sequence[str]]) -> str:
    """Give rows of equal length as lines of text, columns left-aligned, two spaces between."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in padded)
