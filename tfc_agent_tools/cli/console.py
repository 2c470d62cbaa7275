"""Asking a person in the terminal, and answering in a person's place with `--yes` or `--no`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.panel import Panel
from rich.text import Text

from tfc_agent_tools.authority.confirm import Decision, name_to_type
from tfc_agent_tools.types import Risk

if TYPE_CHECKING:
    from tfc_agent_tools.authority.confirm import Confirmation
    from tfc_agent_tools.cli.screen import Screen

ReadLine = Callable[[str], str]
_FRAME: Final = 4
_COLOURS: Final = {Risk.READ: "green", Risk.WRITE: "yellow", Risk.DESTRUCTIVE: "red"}


def show(screen: Screen, confirmation: Confirmation) -> None:
    """The page that a person decides on, framed in the colour of its risk."""
    title = f"confirm {confirmation.tool} ({confirmation.risk})"
    show_page(screen, title, confirmation.page(), _COLOURS[confirmation.risk])


def show_page(screen: Screen, title: str, text: str, colour: str = "yellow") -> None:
    """A page in a frame."""
    page = screen.page(text, screen.console.width - _FRAME)
    heading = Text(f"{screen.place}: {title}", style=f"bold {colour}")
    screen.console.print(Panel(page, title=heading, title_align="left", border_style=colour))


def word_for(confirmation: Confirmation) -> str:
    """What must be typed for a destructive call."""
    return name_to_type(confirmation.typed, confirmation.workspace, confirmation.arguments, confirmation.tool)


class AskInConsole:
    """Asks at the keyboard. A write takes `y` or `yes`, a destructive one a word; everything else is a no.

    So does a write for which the policy demands a typed name.

    End of input and Ctrl-C are a no, and so is a yes after the question has expired. Lines typed before the question
    was on the screen don't count.
    """

    def __init__(self, screen: Screen, read_line: ReadLine = input) -> None:
        self._screen, self._read_line = screen, read_line

    def __call__(self, confirmation: Confirmation) -> Decision:
        """Show the page and read one line."""
        show(self._screen, confirmation)
        word = self._word(confirmation)
        said_yes = self.says_yes(
            f"Type {word} to say yes; anything else is a no: " if word else "Say yes? [y/N] ", word
        )
        in_time = datetime.now(UTC) < confirmation.expires_at
        if said_yes and not in_time:
            self._screen.line("too late", "The question has expired, so this yes does not count.")
        elif not said_yes:
            self._screen.line("your answer", "no", label_style="dim")
        return Decision(approved=said_yes and in_time, approver="console", typed=word if said_yes else None)

    def _word(self, confirmation: Confirmation) -> str | None:
        return word_for(confirmation) if confirmation.typed or confirmation.risk is Risk.DESTRUCTIVE else None

    def says_yes(self, prompt: str, word: str | None = None) -> bool:
        """Read one line: the word where there is one, else `y` or `yes`."""
        _forget_lines_typed_ahead()
        try:
            typed = self._read_line(prompt).strip()
        except (EOFError, KeyboardInterrupt, UnicodeDecodeError):
            self._screen.console.print()
            return False
        return typed == word if word else typed.lower() in {"y", "yes"}


class AnswerAlways:
    """Answers every question alike, as a flag on the command line says, and shows that it did."""

    def __init__(self, screen: Screen, *, yes: bool) -> None:
        self._screen, self._yes = screen, yes

    def __call__(self, confirmation: Confirmation) -> Decision:
        """Show the page and the answer."""
        flag, word = ("--yes", "yes") if self._yes else ("--no", "no")
        show(self._screen, confirmation)
        self._screen.text(f"{flag} answers: {word}", style="bold")
        return Decision(approved=self._yes, approver=f"the flag {flag}")


def _forget_lines_typed_ahead() -> None:
    """A pasted text can hold a line `y`; it must not answer a question that nobody has read. POSIX terminals only."""
    if not sys.stdin.isatty():
        return
    with suppress(ImportError, OSError, ValueError):
        import termios

        with suppress(termios.error):
            termios.tcflush(sys.stdin, termios.TCIFLUSH)
