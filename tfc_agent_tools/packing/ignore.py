"""The rules of `.terraformignore`: what stays out of an upload.

They are go-slug's and differ from git's:

- a pattern without a leading `/` matches at any depth, even with a slash inside: `a/b` leaves out `x/a/b`;
- `name` leaves out files and links of that name; only `name/` leaves out what is inside a directory;
- the last rule that matches decides, and `!` can bring back a file inside a directory that is left out.

Three differences from go-slug, whose patterns pass through to Go's regular expressions: `(`, `+`, `|` and so
on stand for themselves; `[!a]` means "not a", as in git; `**` inside a name is a `*`, except where a pattern
ends. And `.git` stays out also as a file (a worktree's, which names a path of this machine).
"""

import re
import unicodedata
from dataclasses import dataclass

DEFAULTS = (".terraform/", "!.terraform/modules/", ".git/", ".git")
"""In force before the file's own rules, which can lift them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line. `final`: no negation follows, so a directory that it leaves out needs no look inside."""

    pattern: re.Pattern[str]
    negated: bool
    final: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The lines in force, in order."""

    rules: tuple[Rule, ...]

    def leaves_out(self, path: str) -> bool:
        """Whether a file or link stays out; `path` is relative to the directory, with `/` between names."""
        rule = self._deciding(path)
        return rule is not None and not rule.negated

    def leaves_out_all_of(self, directory: str) -> bool:
        """Whether nothing below a directory can be in the upload, so that it need not be read."""
        rule = self._deciding(directory + "/")
        return rule is not None and not rule.negated and rule.final

    def _deciding(self, path: str) -> Rule | None:
        # macOS hands out decomposed names; the file's author typed composed ones.
        path = path if path.isascii() else unicodedata.normalize("NFC", path)
        return next((rule for rule in reversed(self.rules) if rule.pattern.fullmatch(path)), None)


def parse(text: str) -> Rules:
    """The default rules and those of a `.terraformignore`, which knows no syntax errors."""
    lines = [line.strip() for line in (*DEFAULTS, *text.removeprefix("\ufeff").split("\n"))]
    patterns = [line for line in lines if line.strip("!") and not line.startswith("#")]
    last_negation = max(index for index, pattern in enumerate(patterns) if pattern.startswith("!"))
    return Rules(
        tuple(
            Rule(_compiled(pattern.removeprefix("!")), pattern.startswith("!"), index > last_negation)
            for index, pattern in enumerate(patterns)
        )
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as an expression for whole paths, matched in about linear time whatever the pattern.

    `**` splits a pattern into runs of names. The first place where a run fits is as good as any later one, so
    each run but the last is an atomic group, and a hostile `**/*a*/**/*a*` can't make matching explode.
    """
    anchored = pattern if pattern.startswith("/") else f"/**/{pattern}"
    names = unicodedata.normalize("NFC", anchored).removeprefix("/").split("/")
    last = names[-1] = names[-1] or "**"  # `name/` is everything inside
    expression = _joined(_runs(names))
    if last.endswith("**") and last != "**":
        # `logs**` takes what is inside too; nowhere else does a part of a name cross a `/`.
        expression = expression.removesuffix("[^/]*") + ".*"
    return re.compile(expression, re.DOTALL)


def _runs(names: list[str]) -> list[str]:
    """What stands between one `**` and the next, as expressions; an outer `**` has an empty run beyond it."""
    runs: list[list[str]] = [[]]
    for name in names:
        if name != "**":
            runs[-1].append(_name(name))
        elif runs[-1] or len(runs) == 1:
            runs.append([])
    return ["/".join(run) for run in runs]


def _joined(runs: list[str]) -> str:
    first, *others = runs
    if not others:
        return first
    *middle, last = others
    expression = f"{first}/" if first else ""
    expression += "".join(f"(?>(?:[^/]*/)*?{run}/)" for run in middle)
    return expression + (f"(?:.*/)?{last}" if last else ".*")


def _name(pattern: str) -> str:
    """One name of a pattern: `*` any text, `?` any character, `[a-z]` a set, a backslash the next as is."""
    pieces = [""]
    for part in re.findall(r"\*+|\\.|\[[!^]?[^]]+\]|.", pattern, re.DOTALL):
        if part[0] == "*":
            pieces.append("")
        else:
            pieces[-1] += _character(part)
    first, *others = pieces
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + "[^/]*" + last


def _character(part: str) -> str:
    if part == "?":
        return "[^/]"
    if part[0] != "[" or len(part) == 1:
        return re.escape(part[-1])
    negation, members = ("^", part[2:-1]) if part[1] in "!^" else ("", part[1:-1])
    members = re.sub(r"([\\\[\]^&~|])", r"\\\1", re.sub("-+", "-", members))
    try:
        # A range such as [+-9] has `/` in its middle, which no single character of a pattern may match.
        return re.compile(f"(?!/)[{negation}{members}]").pattern
    except re.error:  # no member, or a range that runs backwards such as [z-a]
        return re.escape(part)
