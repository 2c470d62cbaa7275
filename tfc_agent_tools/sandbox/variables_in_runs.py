"""What a workspace's variables are to terraform: a file of values, and the part of the environment that is safe.

An environment variable can make terraform load other programs, talk to other hosts or write other files. So a
configuration that nobody has to trust gets only terraform's own `TF_VAR_` and the names of a few clouds, whose
providers it can't have anyway. A trusted one gets all but what would break the sandbox's own arrangements.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfc_agent_tools.sandbox.models import Variable

_HARMLESS = re.compile(r"(TF_VAR|AWS|ARM|AZURE|GOOGLE)_[A-Za-z0-9_]+\Z")
_NEVER = re.compile(
    r"(PATH|HOME|SHELL|ENV|IFS|TMPDIR|TEMP|TMP|TERRAFORM_CONFIG"
    r"|(LD|DYLD|GIT|XDG|CHECKPOINT|OTEL|BASH|TOFU)_.*|GO[A-Z0-9]*|TF_(?!VAR_|TOKEN_).*|.*_PROXY)\Z",
    re.IGNORECASE,
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def workspace_values(variables: Iterable[Variable]) -> str:
    """Return the content of a `.tfvars` file: HCL values as they are, others as quoted strings."""
    lines = [
        f"{variable.key} = {variable.value if variable.hcl else _quoted(variable.value)}\n"
        for variable in variables
        if variable.category == "terraform"
    ]
    return "".join(lines)


def passed_on(variables: Iterable[Variable], *, trusted: bool) -> dict[str, str]:
    """Return the environment variables that terraform gets."""
    return {row.key: row.value for row in variables if row.category == "env" and _is_safe(row.key, trusted=trusted)}


def withheld(variables: Iterable[Variable], *, trusted: bool) -> list[str]:
    """Return the names of the environment variables that terraform does not get."""
    return [row.key for row in variables if row.category == "env" and not _is_safe(row.key, trusted=trusted)]


def _is_safe(name: str, *, trusted: bool) -> bool:
    return not _NEVER.match(name) if trusted else bool(_HARMLESS.match(name))


def _quoted(value: str) -> str:
    escaped = "".join(_escaped(character) for character in value)
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04x}" if ord(character) < ord(" ") else character
