"""One fact of a plan as the words of one line: the same ones in the line, the summary and the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.present.plans.explanation import Act
from tfc_agent_tools.present.untrusted import fence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfc_agent_tools.present.plans.explanation import CheckResult, OutputChange, PlannedChange, Tallied

_ATTRIBUTES: Final = 5
_INSTANCES: Final = 4
_INSTANCE: Final = re.compile(r'(.*[\w\]])(\[(?:\d+|"(?:[^"\\]|\\.)*")\])')
_DONE: Final[Mapping[Act, str]] = {
    Act.DESTROY: "destroyed",
    Act.REPLACE: "replaced",
    Act.FORGET: "forgotten (it stays, and Terraform no longer manages it)",
    Act.UPDATE: "updated",
    Act.CREATE: "created",
    Act.READ: "read",
    Act.NO_OP: "left as it is",
}
DONE: Final[Mapping[Act, str]] = {**_DONE, Act.FORGET: "forgotten"}
"""What happens, as one word."""

_BECAUSE: Final[Mapping[str, str]] = {
    "replace_because_tainted": "it is tainted: it was not made completely",
    "tainted": "it is tainted: it was not made completely",
    "replace_by_request": "that was asked for (-replace)",
    "requested": "that was asked for (-replace)",
    "replace_by_triggers": "something that its replace_triggered_by names changes",
    "replace_triggered_by": "something that its replace_triggered_by names changes",
    "replace_because_cannot_update": "it can't be updated in place",
    "cannot_update": "it can't be updated in place",
    "delete_because_no_resource_config": "its resource block is gone",
    "delete_because_no_module": "its module call is gone",
    "delete_because_wrong_repetition": "its count or for_each was added or taken away",
    "delete_because_count_index": "its index is beyond the count",
    "delete_because_each_key": "its key is no longer in for_each",
    "delete_because_no_move_target": "it was moved to what does not exist",
}
"""https://developer.hashicorp.com/terraform/internals/json-format, `action_reason`; the short ones are the log's."""


def listed(names: Sequence[str], limit: int, more: int = 0) -> str:
    """`a, b and 3 more`."""
    left = max(len(names) - limit, 0) + more
    shown = ", ".join(names[:limit])
    return f"{shown} and {left:,} more" if left else shown


def changes(some: Iterable[PlannedChange]) -> list[tuple[str, list[PlannedChange]]]:
    """A line for each change, or for all instances of one block that the same happens to; and the changes it is about.

    `aws_db_instance.main (database): replaced, destroyed first, because identifier changed`
    `aws_instance.web[0], [1], [2] and 7 more: destroyed`
    """
    together: dict[tuple[str, str], list[tuple[PlannedChange, str]]] = {}
    for one in some:
        found = _INSTANCE.fullmatch(one.address)
        block, key = (found[1], found[2]) if found else (one.address, "")
        together.setdefault((block, _said(one)), []).append((one, key))
    lines: list[tuple[str, list[PlannedChange]]] = []
    for (block, said), same in together.items():
        keys = listed([key for _, key in same], _INSTANCES)
        kind = f" ({same[0][0].kind})" if same[0][0].kind else ""
        lines.append((f"{block}{keys}{kind}: {said}", [one for one, _ in same]))
    return lines


def _said(one: PlannedChange) -> str:
    said = [_what(one) + _why(one)]
    if one.weakened:
        said.append(", ".join(one.weakened))
    if one.is_hidden and one.act is Act.UPDATE:
        said.append("a hidden value changes too")
    if one.previous_address:
        said.append(f"moved from {one.previous_address}")
    return "; ".join(said)


def drift(one: PlannedChange) -> str:
    """`aws_security_group.web (network rule): changed: ingress`."""
    if one.act is Act.DESTROY:
        return f"{_named(one)}: gone"
    names = listed(one.attributes, _ATTRIBUTES, one.more_attributes)
    return "; ".join([f"{_named(one)}: changed" + (f": {names}" if names else ""), *one.weakened])


def output(one: OutputChange) -> str:
    """`db_password (sensitive): updated`."""
    if one.is_revealed:
        return f"{one.name}: NO LONGER SENSITIVE, so its value becomes readable"
    return f"{one.name}{' (sensitive)' if one.is_sensitive else ''}: {DONE[one.act]}"


def check(one: CheckResult) -> str:
    """`check.cidr fails`, and below it, indented and fenced, what whoever wrote the check has it say."""
    said = {"fail": "fails", "error": "can't be evaluated"}.get(one.status, f"is {one.status}")
    return "\n  ".join([f"{one.address} {said}", *(fence("message of the check", text) for text in one.untrusted)])


def tallied(names: Iterable[Tallied], limit: int, more: int = 0) -> str:
    """`module.app (12), module.db (1) and 3 more`."""
    return listed([f"{one.name} ({one.count:,})" for one in names], limit, more)


def _named(one: PlannedChange) -> str:
    return f"{one.address} ({one.kind})" if one.kind else one.address


def _what(one: PlannedChange) -> str:
    done = _DONE[one.act]
    if one.deposed:
        done = f"a leftover of an earlier replacement (deposed {one.deposed}) is {done}"
    if one.order:
        done = f"{done}, {one.order.value}"
    names = [name for name in one.attributes if not any(f"({name}" in said for said in one.weakened)]
    if one.act is Act.UPDATE and names:
        done = f"{done}: {listed(names, _ATTRIBUTES, one.more_attributes)}"
    return f"imported, then {done}" if one.is_imported else done


def _why(one: PlannedChange) -> str:
    if one.replaced_by and one.act is Act.REPLACE:
        return f", because {listed(one.replaced_by, _ATTRIBUTES)} changed"
    because = _BECAUSE.get(one.reason or "")
    if not because or one.act is Act.UPDATE:
        return ""
    return f", because {because}"
