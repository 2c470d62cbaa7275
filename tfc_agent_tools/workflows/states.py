"""Two states side by side, and the outputs of the current one. No state is downloaded, so no value in it is read.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-versions
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-version-outputs
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfc_agent_tools.endpoints.details import list_current_outputs
from tfc_agent_tools.endpoints.state_versions import get_state_version
from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.artifact import is_word
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.present.untrusted import fence, one_line
from tfc_agent_tools.types import PageNumber, StateVersionId, TokenType, WorkspaceRef
from tfc_agent_tools.workflow import WorkflowSteps, invoke, invoke_one, may, workflow

_EVERY: Final = (TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
_MOST_LINES: Final = 50
_LONGEST_VALUE: Final = 500
_ABOUT: Final = ("serial", "status", "terraform-version", "created-at", "size")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDifference:
    """What one state holds and the other does not, by address, in numbers of instances."""

    older: Resource
    newer: Resource
    changed: Mapping[str, tuple[int, int]]
    same: int

    @property
    def lines(self) -> list[str]:
        """One line for each address that differs, at most 50, and how many more."""
        shown = [f"{_sign(*counts)} {address}: {counts[0]} → {counts[1]}" for address, counts in self.changed.items()]
        more = len(shown) - _MOST_LINES
        return [*shown[:_MOST_LINES], *([f"and {more} more"] if more > 0 else [])]

    @property
    def about(self) -> list[str]:
        """What is different in the two versions themselves."""
        pairs = {name: (self.older.get(name), self.newer.get(name)) for name in _ABOUT}
        return [
            f"{name}: {one_line(str(a), 100)} → {one_line(str(b), 100)}" for name, (a, b) in pairs.items() if a != b
        ]

    def presented(self, render: Callable[..., str]) -> Presented:
        """The difference as text, and as data for code."""
        changed = {address: {"older": counts[0], "newer": counts[1]} for address, counts in self.changed.items()}
        artifact = {"older": self.older.id, "newer": self.newer.id, "changed": changed, "same": self.same}
        return Presented(render("workflows/states.md.j2", found=self), artifact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The outputs of a workspace's current state; values only where the policy lets this agent see them."""

    of: str
    outputs: tuple[Resource, ...]
    with_values: bool
    total: int
    next_page: int | None

    @property
    def lines(self) -> list[str]:
        """A line for each output, and below it its value, quoted, where that may be seen."""
        return [line for output in self.outputs for line in self._lines(output)]

    def presented(self, render: Callable[..., str]) -> Presented:
        """The outputs as text, and as data for code."""
        rows = [{"name": name, "type": kind} for name, kind in map(_named, self.outputs)]
        artifact = {"of": self.of, "items": rows, "total": self.total}
        return Presented(render("workflows/outputs.md.j2", found=self), artifact)

    def _lines(self, output: Resource) -> list[str]:
        head = "- {}: {}".format(*_named(output))
        if output.get("sensitive") is not False:
            return [f"{head}, sensitive: its value is never shown"]
        value: object = output.get("value")
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        return [head, *([f"  {fence('value', text, _LONGEST_VALUE)}"] if self.with_values else [])]


@workflow(action="state-versions.read", tokens=_EVERY)
def compare_state_versions(older: StateVersionId, newer: StateVersionId) -> WorkflowSteps:
    """Compare what two state versions hold: resources that came, went or changed in number. It shows no values."""
    first = yield from invoke_one(get_state_version, state_version_id=older)
    second = yield from invoke_one(get_state_version, state_version_id=newer)
    before, after = _resources(first), _resources(second)
    addresses = sorted(before | after)
    changed = {one: (before[one], after[one]) for one in addresses if before[one] != after[one]}
    return StateDifference(older=first, newer=second, changed=changed, same=len(addresses) - len(changed))


@workflow(action="outputs.read", tokens=_EVERY)
def read_outputs(workspace: WorkspaceRef, page_number: PageNumber = 1) -> WorkflowSteps:
    """List the outputs of a workspace's current state, by name and type; values only if this agent's policy allows."""
    document = yield from invoke(list_current_outputs, workspace=workspace, page_number=page_number)
    total, following = (document.pagination.get(name) for name in ("total-count", "next-page"))
    return Outputs(
        of=workspace,
        outputs=document.resources,
        with_values=(yield from may("outputs.read-values", workspace=workspace)),
        total=total if isinstance(total, int) else len(document.resources),
        next_page=following if isinstance(following, int) else None,
    )


def _named(output: Resource) -> tuple[str, str]:
    """An output's name, quoted where it is none that Terraform takes, and its type."""
    name = one_line(output.text("name"), 200)
    named = name if is_word(name) else json.dumps(name, ensure_ascii=False)
    return named, one_line(output.text("type") or "unknown type", 100)


def _resources(version: Resource) -> Counter[str]:
    """Address → number of instances, from the list that the server makes of a state.

    Raises:
        Unreadable: The server has not made it yet.
    """
    if version.get("resources-processed") is not True:
        raise Unreadable("state", f"the server has not listed the resources of {version.id} yet; read it again later")
    counts: Counter[str] = Counter()
    for row in map(_row, items(version.get("resources"))):
        counts[row[0]] += row[1]
    return counts


def _row(resource: Any) -> tuple[str, int]:
    found = mapping(resource)
    module, count = str(found.get("module") or "root"), found.get("count")
    inside = "" if module == "root" else f"{module.removeprefix('root.')}: "
    address = one_line(f"{inside}{found.get('type')}.{found.get('name')}", 300)
    return address, count if isinstance(count, int) else 0


def _sign(before: int, after: int) -> str:
    return "+" if not before else "-" if not after else "~"
