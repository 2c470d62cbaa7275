"""Which workspaces a rule covers, by its `where`; what it says of a call's own facts is left open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tfc_agent_tools.authority.rules.document import Where
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.authority.rules.tristate import Tri, every
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.facts import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.decide import RulePolicy

_PLACES: Final = frozenset(Where.model_fields)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Seen(BaseModel):
    """A workspace as it was read. What is None could not be read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organization: str
    workspace: str
    project: str | None = None
    tags: tuple[str, ...] | None = None
    """All its tags, inherited ones too, as `key=value`."""

    @property
    def name(self) -> str:
        """`organization/workspace`."""
        return f"{self.organization}/{self.workspace}"

    @property
    def target(self) -> Target:
        """The workspace as a rule sees it."""
        return Target(
            action="",
            is_read=True,
            moment=_EPOCH,
            organization=self.organization,
            workspace=self.workspace,
            project=UNKNOWN if self.project is None else self.project,
            tags=UNKNOWN if self.tags is None else frozenset(tag.casefold() for tag in self.tags),
        )


@dataclass(frozen=True, kw_only=True)
class Covered:
    """A rule, the workspaces that it surely covers, and those that it may."""

    rule: str
    surely: tuple[str, ...]
    perhaps: tuple[str, ...]


def coverage(policy: RulePolicy, workspaces: Sequence[Seen]) -> list[Covered]:
    """Every rule with its workspaces."""
    return [_covered(one, workspaces) for one in policy.rules]


def _covered(one: Compiled, workspaces: Sequence[Seen]) -> Covered:
    conditions = [holds for name, holds in one.conditions.items() if name in _PLACES]
    found = [(seen.name, every(holds(seen.target) for holds in conditions)) for seen in workspaces]
    return Covered(
        rule=one.rule.id,
        surely=tuple(name for name, match in found if match is Tri.YES),
        perhaps=tuple(name for name, match in found if match is Tri.MAYBE),
    )


def read_workspaces(content: bytes, name: str) -> tuple[Seen, ...]:
    """Workspaces from a JSON file: `[{"organization", "workspace", "project", "tags": ["env=prod"]}]`.

    Raises:
        ConfigurationError: It is not such a list.
    """
    try:
        return TypeAdapter(tuple[Seen, ...]).validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        msg = (
            f"workspaces: {name}: {where}: {first['msg']}; a list of objects with organization and workspace is needed"
        )
        raise ConfigurationError(msg) from None
