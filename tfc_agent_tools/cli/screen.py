"""What every command prints with: labelled lines that wrap at any width, and text made harmless to a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

_LABEL_WIDTH: Final = 14
_CONTINUED: Final = 4


def printable(text: str) -> str:
    r"""The text with everything that a terminal would obey, or that would turn or hide text, as `\uXXXX`."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04X}" for c in text)


def shortened(text: str, length: int) -> str:
    """The text on one line, cut with `...` where it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 3].rstrip()}..."


class Screen:
    """A console, and the place that what is shown belongs to.

    Args:
        place: `SANDBOX`, or the address of the server; it stands in every heading.
        console: Where to print; standard output by default.
    """

    def __init__(self, place: str, console: Console | None = None) -> None:
        self.place = place
        self.console = console or Console(highlight=False)

    def heading(self, title: str) -> None:
        """A rule across the screen, with the place in it."""
        self.console.print()
        self.console.rule(Text(f"{self.place}  {title}", style="bold"), align="left")

    def text(self, text: str, *, style: str = "") -> None:
        """A paragraph."""
        self.console.print(self._wrapped(text, self.console.width, style))

    def line(self, label: str, text: str, *, style: str = "", label_style: str = "bold") -> None:
        """A label, and text that wraps under itself; a label that finds no room stands on a line of its own."""
        if len(label) >= _LABEL_WIDTH:
            self.console.print(Text(label, style=label_style))
            label = ""
        wrapped = self._wrapped(text, self.console.width - _LABEL_WIDTH, style)
        rows = wrapped.split("\n", allow_blank=True)
        shown = [Text(label.ljust(_LABEL_WIDTH), style=label_style), *(Text(" " * _LABEL_WIDTH) for _ in rows[1:])]
        self.console.print(Text("\n").join(Text.assemble(left, right) for left, right in zip(shown, rows, strict=True)))

    def page(self, text: str, width: int) -> Text:
        """The text at that width, each line that goes on set in, so that its end can't pass for a line of its own."""
        return Text("\n").join(self._hanging(line, width) for line in printable(text).split("\n"))

    def _hanging(self, line: str, width: int) -> Text:
        content = line.lstrip(" ")
        indent = len(line) - len(content)
        first = self._wrapped(content, width - indent).split("\n", allow_blank=True)[0]
        lines = [_set_in(first, indent)]
        if rest := content[len(first.plain) :].strip():
            further = self._wrapped(rest, width - indent - _CONTINUED).split("\n", allow_blank=True)
            lines += [_set_in(part, indent + _CONTINUED) for part in further]
        return Text("\n").join(lines)

    def _wrapped(self, text: str, width: int, style: str = "") -> Text:
        lines = Text(printable(text), style=style).wrap(self.console, max(width, 20))
        for line in lines:
            line.rstrip()
        return Text("\n").join(lines)


def _set_in(text: Text, spaces: int) -> Text:
    return Text.assemble(" " * spaces, text)
