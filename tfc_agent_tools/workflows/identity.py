"""Who this token is: its type, its owner, the organizations it sees and what it may do in them.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/account
https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tfc_agent_tools.api.tokens import kind_of
from tfc_agent_tools.endpoints.details import get_account
from tfc_agent_tools.endpoints.organizations import list_organizations
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.present.untrusted import one_line
from tfc_agent_tools.types import TokenType
from tfc_agent_tools.workflow import WorkflowSteps, unless_hidden, workflow

_MOST: Final = 20
"""Organizations whose rights the text lists; the data has up to a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An account and its organizations; either can be unreadable."""

    account: Resource | None
    organizations: tuple[Resource, ...] | None
    total: int
    missing: tuple[str, ...]

    @property
    def token_type(self) -> str:
        """The type of the token, as the guards see it: by whom it authenticates."""
        return str((kind_of(self.account) if self.account else None) or "unknown")

    @property
    def owner(self) -> str:
        """The user, team or organization behind it."""
        return one_line(str(self.account.related_id("authenticated-resource")), 100) if self.account else "unknown"

    @property
    def username(self) -> str:
        """The name in the audit trail of HCP Terraform."""
        return one_line(self.account.text("username"), 100) if self.account else "unknown"

    @property
    def shown(self) -> dict[str, list[str]]:
        """The rights in the first organizations."""
        return dict(list(self.rights.items())[:_MOST])

    @property
    def more(self) -> int:
        """How many organizations there are beside them."""
        return max(self.total, len(self.rights)) - len(self.shown)

    @property
    def rights(self) -> dict[str, list[str]]:
        """Organization → what the API's own flags say this token may do in it."""
        return {one_line(one.id, 100): _allowed(one) for one in self.organizations or ()}

    def presented(self, render: Callable[..., str]) -> Presented:
        """As text, and as data for code."""
        artifact = {"token_type": self.token_type, "owner": self.owner, "organizations": self.rights}
        return Presented(render("workflows/identity.md.j2", found=self), artifact)


@workflow(action="account.read", tokens=tuple(TokenType))
def whoami() -> WorkflowSteps:
    """Say who this token is: its type and owner, the organizations it sees, what it may do in each."""
    missing: list[str] = []
    account = yield from unless_hidden(get_account, missing)
    organizations = yield from unless_hidden(list_organizations, missing, page_size=100)
    total = organizations.pagination.get("total-count") if organizations else 0
    return Identity(
        account=account.resource if account else None,
        organizations=organizations.resources if organizations else None,
        total=total if isinstance(total, int) else 0,
        missing=tuple(missing),
    )


def _allowed(organization: Resource) -> list[str]:
    flags = mapping(organization.get("permissions"))
    return sorted(one_line(name.removeprefix("can-"), 60) for name, holds in flags.items() if holds is True)
