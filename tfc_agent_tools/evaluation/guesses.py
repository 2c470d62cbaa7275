"""Arguments that a monkey types: mostly what a tool could take, often nearly so, sometimes an attack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

_ID: Final = re.compile(r"\b(?:ws|run|plan|apply|cv|sv|var|team|nc|user|prj|ap|pol|te|wspc)-[A-Za-z0-9]{16,24}\b")
_PREFIX: Final = re.compile(r"^\^(\w+)-\[")
_WORDS: Final = ("app-production", "app-staging", "network", "scratch", "acme", "monkey", "monkey-2", "production")
_HOSTILE: Final = (
    "../../organizations/acme",
    "run-1/actions/apply?x=",
    "acme/app-production%2f..",
    "ws-0000000000000000\r\nAuthorization: none",
    "{{ 7 * 7 }}",
    "${env.TFE_TOKEN}",
    "\u202eyes",
    "x" * 5_000,
    "https://elsewhere.example/hook",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
)
_OF_ANOTHER_TYPE: Final[Sequence[Any]] = (None, True, -1, 10**12, [], {}, 1.5, ["x"])
_WORKSPACES: Final = ("acme/app-staging", "acme/app-production", "acme/network")
_TEXTS: Final[Mapping[str, Sequence[str]]] = {
    "organization_name": (*["acme"] * 9, "other"),
    **dict.fromkeys(("workspace_name", "name", "new_name", "search"), _WORDS),
    "key": ("region", "database_password", "AWS_SECRET_ACCESS_KEY"),
    "url": ("https://hooks.example.com/x", *_HOSTILE[-3:]),
    **dict.fromkeys(("value_from", "url_from", "token_from"), ("MONKEY", "TFE_TOKEN", "PATH")),
}
_OTHER_TEXTS: Final = ("monkey", "1.11.4", "environment=staging", "14d", "a@b.example", "1.2")
_SELF_MADE_YES: Final[tuple[dict[str, Any], ...]] = (
    {"confirm": True},
    {"confirmed": "yes"},
    {"approved": True, "approver": "ada"},
    {"force": True},
    {"skip_confirmation": True},
    {"config": {"configurable": {"confirm": True}}},
    {"run_manager": None},
    {"tool_call_id": "call-1"},
    {"decision": {"type": "approve"}},
)


class Guesses:
    """Draws arguments, and learns ids from what it is shown.

    Args:
        random: Decides; the same seed gives the same arguments for the same results.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._seen: dict[str, list[str]] = {}

    def learn(self, text: str) -> None:
        """Remember the ids in a text."""
        for found in _ID.findall(text):
            known = self._seen.setdefault(found.partition("-")[0], [])
            if found not in known:
                known.append(found)

    def arguments(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments for a tool with this JSON schema."""
        properties, required = mapping(schema.get("properties")), set(items(schema.get("required")))
        defs = mapping(schema.get("$defs"))
        chosen = {
            name: self._value(name, mapping(one), defs)
            for name, one in properties.items()
            if self._random.random() < (0.98 if name in required else 0.12)
        }
        if self._random.random() < 0.1:
            chosen |= self._self_made_yes()
        if chosen and self._random.random() < 0.03:
            chosen.pop(self._random.choice(sorted(chosen)))
        return chosen

    def _self_made_yes(self) -> dict[str, Any]:
        if self._seen.get("ap") and self._random.random() < 0.5:
            return {"approval_id": self._random.choice(self._seen["ap"]), "confirm": True}
        return self._random.choice(_SELF_MADE_YES)

    def _value(self, name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
        draw = self._random.random()
        if draw < 0.015:
            return self._random.choice(_HOSTILE)
        if draw < 0.03:
            return self._random.choice(_OF_ANOTHER_TYPE)
        return self._fitting(name, self._resolved(schema, defs), defs)

    def _fitting(self, name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
        if options := items(schema.get("anyOf")):
            chosen = self._random.choice([one for one in options if mapping(one).get("type") != "null"])
            return self._fitting(name, self._resolved(mapping(chosen), defs), defs)
        if enum := items(schema.get("enum")):
            return self._random.choice(enum)
        made: Mapping[object, Callable[[], Any]] = {
            "boolean": lambda: self._random.random() < 0.5,
            "integer": lambda: self._random.randint(1, 20),
            "array": lambda: self._list(name, mapping(schema.get("items")), defs),
            "object": lambda: self._object(schema, defs),
        }
        return made.get(schema.get("type"), lambda: self._text(name, str(schema.get("pattern", ""))))()

    def _list(self, name: str, inner: Mapping[str, Any], defs: Mapping[str, Any]) -> list[Any]:
        return [self._value(name, inner, defs) for _ in range(self._random.randint(0, 2))]

    def _object(self, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
        if properties := mapping(schema.get("properties")):
            return {name: self._value(name, mapping(one), defs) for name, one in properties.items()}
        names = items(mapping(schema.get("propertyNames")).get("enum")) or ["x"]
        inner = mapping(schema.get("additionalProperties"))
        return {str(self._random.choice(names)): self._value("", inner, defs)}

    def _text(self, name: str, pattern: str) -> str:
        if prefix := _PREFIX.match(pattern):
            return self._id(prefix[1])
        if name == "workspace":
            return self._random.choice([self._id("ws"), *_WORKSPACES])
        return self._random.choice(_TEXTS.get(name, _OTHER_TEXTS))

    def _id(self, prefix: str) -> str:
        """An id of this kind that was seen; now and then one of another kind, or one that nobody has seen."""
        draw = self._random.random()
        known = self._seen.get(prefix, [])
        if draw < 0.9 and known:
            return self._random.choice(known)
        if draw < 0.94 and self._seen:
            return self._random.choice(self._seen[self._random.choice(sorted(self._seen))])
        return f"{prefix}-" + "".join(self._random.choices("abcdefghijkmnpqrstuvwxyzABCDEFGH123456789", k=16))

    @staticmethod
    def _resolved(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = str(schema.get("$ref", ""))
        return mapping(defs.get(reference.rpartition("/")[2])) if reference else schema
