"""How the maskers of whole documents describe an object: a rule for each member, and one for those they don't know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object
from tfc_agent_tools.present.secrets.marks import ALL, masked
from tfc_agent_tools.present.secrets.walk import PLACEHOLDER, Content

Rule = Callable[[Any], Any]
Rules = Mapping[str, Rule]


@dataclass(frozen=True, slots=True, repr=False)
class Masked:
    """A document with placeholders for what is marked, its content set apart, and the secrets that were under them."""

    document: Any
    secrets: tuple[object, ...]


def own(value: Any) -> Any:
    """The format's own part, which can't hold anything of a configuration but addresses and messages."""
    return value


def hidden(value: Any) -> Any:
    """A part that is not known, and so may hold anything. Null, true and false are nothing."""
    return value if value is None or isinstance(value, bool) else PLACEHOLDER


def owned(*names: str) -> dict[str, Rule]:
    """The rule `own` for each of these members."""
    return dict.fromkeys(names, own)


def each(rule: Rule) -> Rule:
    """The rule for every element of a list."""
    return lambda value: [rule(inner) for inner in value] if is_array(value) else hidden(value)


def named(rule: Rule) -> Rule:
    """The rule for every member of an object whose keys are names of the configuration."""
    return members({}, rule)


def members(rules: Rules, rest: Rule = Content) -> Rule:
    """A rule for each member of an object, and one for all others."""

    def apply(value: Any) -> Any:
        if not is_object(value):
            return hidden(value)
        return {name: rules.get(name, rest)(inner) for name, inner in value.items()}

    return apply


def marked(pairs: Iterable[tuple[str, str]], secrets: list[object], rules: Rules) -> Rule:
    """As `members`; and by each pair, one member is content that another one marks, all of it where that is missing."""

    def apply(value: Any) -> Any:
        shown = members(rules)(value)
        if is_object(value):
            for name, marks in pairs:
                if name in value:
                    shown[name] = Content(masked(value[name], value.get(marks, ALL), secrets))
        return shown

    return apply


RESOURCE: Final = owned(
    "address", "previous_address", "module_address", "module", "mode", "type", "name", "index", "index_key", "provider",
    "provider_name", "deposed", "deposed_key", "action_reason", "schema_version", "depends_on", "dependencies", "each",
    "status", "tainted", "create_before_destroy",
)  # fmt: skip
"""What plans and states say of a resource besides its values."""
