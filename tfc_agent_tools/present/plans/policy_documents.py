"""Policy documents, as AWS writes them: who may do what with which resource, in JSON in a string.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LONGEST: Final = 200_000
_EVERY: Final = frozenset({"*", "*:*"})
_LEAVE_NOBODY_OUT: Final = frozenset(
    {
        "aws:securetransport",
        *("token.actions.githubusercontent.com:aud", "gitlab.com:aud", "app.terraform.io:aud"),
    }
)
"""Keys of conditions that everybody fulfils: by TLS, or by an account with a public identity provider."""


def document_in(text: object) -> Any:
    """The JSON object in a text, or None."""
    if not isinstance(text, str) or len(text) > _LONGEST or not text.lstrip().startswith("{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def allowed(texts: Iterable[object]) -> Counter[str]:
    """How many statements of policy documents allow all of each element: `Action`, `Principal`, `Resource`."""
    found = Counter[str]()
    for statement in _statements(texts):
        if statement.get("Effect") == "Allow":
            found["Action"] += _has_every(statement, "Action")
            found["Resource"] += _has_every(statement, "Resource")
            found["Principal"] += _lets_anyone(statement)
    return found


def _statements(texts: Iterable[object]) -> Iterator[Mapping[str, Any]]:
    for text in texts:
        yield from map(mapping, _listed(mapping(document_in(text)).get("Statement")))


def _has_every(statement: Mapping[str, Any], element: str) -> bool:
    return f"Not{element}" in statement or any(one in _EVERY for one in _texts(statement.get(element)))


def _lets_anyone(statement: Mapping[str, Any]) -> bool:
    """Whether it names everybody, or all users of an identity provider, and no condition says which of them."""
    who = statement.get("Principal")
    named = [one for some in mapping(who).values() for one in _texts(some)]
    is_anyone = "*" in (who, *named) or "NotPrincipal" in statement or "Federated" in mapping(who)
    return is_anyone and not any(map(_limits, mapping(statement.get("Condition")).values()))


def _limits(condition: object) -> bool:
    """Whether one operator of a condition leaves somebody out."""
    wanted = {key.lower(): set(map(str, _listed(values))) for key, values in mapping(condition).items()}
    return any(key not in _LEAVE_NOBODY_OUT and not values <= _EVERY for key, values in wanted.items())


def _texts(value: object) -> list[str]:
    return [one for one in _listed(value) if isinstance(one, str)]


def _listed(value: object) -> list[Any]:
    return items(cast("object", value)) if isinstance(value, list) else [value]
