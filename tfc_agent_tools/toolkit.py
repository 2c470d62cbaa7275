"""The toolkit: where the host's settings become tools. Everything is checked here, before the first call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from langchain_core.tools import BaseTool, BaseToolkit
from pydantic import PrivateAttr

from tfc_agent_tools.authority.approvals import Approvals
from tfc_agent_tools.authority.audit import Audit
from tfc_agent_tools.authority.policy import DefaultPolicy, Policy, PolicySource
from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.endpoints import GROUPS, catalog
from tfc_agent_tools.errors import ArgumentError, ConfigurationError
from tfc_agent_tools.host import Host
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.secret_values import from_environment
from tfc_agent_tools.store import MemoryStore, Store
from tfc_agent_tools.templates import AT_RISK, Templates
from tfc_agent_tools.tool import TerraformCloudTool
from tfc_agent_tools.types import Risk, TokenType

if TYPE_CHECKING:
    import httpx
    from langchain.agents.middleware import AgentMiddleware

    from tfc_agent_tools.authority.confirm import Confirmer
    from tfc_agent_tools.clock import Clock
    from tfc_agent_tools.present.plans.at_risk import AtRisk
    from tfc_agent_tools.workflow import Workflow

DEFAULT_ADDRESS = "https://app.terraform.io"


class TerraformCloudToolkit(BaseToolkit):
    """Guarded tools over one HCP Terraform address, with one token, for one agent.

    Reads are allowed. Every write asks a person: the `confirmer`, else the graph's interrupt, else out of band through
    `approvals`; where nobody can be asked, it is refused.

    Args:
        address: The server, `https://app.terraform.io` by default. Plain http is for this machine only.
        token: A user, team, organization or audit-trails token.
        token_type: Its type, where it is known; otherwise it is found once by `GET /account/details`.
        agent: The name of the agent, in approvals and in the audit log.
        requester: The person for whom it acts. Where the policy names one person for this agent, it is that one.
        policy: A policy file, which says who may do what; without one reads are allowed and every write asks a person.
            It is read again when it changes.
        confirmer: Asks a person: `(Confirmation) -> bool | Decision`, sync or async.
        secrets: Resolves `value_from` names; by default from environment variables `TFC_SECRET_<name>`.
        groups: The capability groups to offer; all by default.
        read_only: Offer no tool that changes anything.
        include: Offer only the tools of these names.
        exclude: Leave out the tools of these names.
        prompts: A folder of templates that override the packaged ones, name by name.
        store: Where approvals and audit are kept: a URL (`sqlite:///file.db`, `postgresql+psycopg://host/name`) or a
            `Store`; by default in memory, which ends with the process.
        transport: An httpx transport for blocking calls, used for everything, signed URLs included.
        async_transport: The same for calls on an event loop.
        upload_roots: The folders from which configurations may be uploaded; none by default.

    Raises:
        ConfigurationError: A setting is wrong; the message says which and what to do.
    """

    _host: Host = PrivateAttr()
    _tools: list[BaseTool] = PrivateAttr()
    _read_only: bool = PrivateAttr()

    def __init__(
        self,
        *,
        address: str = DEFAULT_ADDRESS,
        token: str,
        token_type: TokenType | str | None = None,
        agent: str = "default",
        requester: str | None = None,
        policy: str | Path | PolicySource | None = None,
        confirmer: Confirmer | None = None,
        secrets: Callable[[str], str] | None = None,
        groups: Sequence[str] | None = None,
        read_only: bool = False,
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        prompts: str | Path | None = None,
        store: Store | str | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
        upload_roots: Sequence[str | Path] = (),
    ) -> None:
        super().__init__()
        from tfc_agent_tools.api.http import Wire
        from tfc_agent_tools.api.shared_budget import budget_for
        from tfc_agent_tools.api.tokens import Token
        from tfc_agent_tools.api.transports import Transports, checked_address

        kept, templates, decides = _store(store), Templates(prompts), _policy(policy)
        address, hidden = checked_address(address), Token(token)
        _for_this_server(decides.current(), address)
        self._host = Host(
            agent=agent,
            requester=_requester(decides.current(), agent, requester),
            wire=Wire(
                address=address,
                token=hidden,
                transports=Transports(transport, async_transport),
                budget=budget_for(store, address, hidden.fingerprint()) if isinstance(store, str) else None,
            ),
            policy=decides,
            approvals=Approvals(
                kept,
                keys_of=lambda person: decides.current().keys_of(person),
                also_known_as=lambda person: decides.current().other_names_of(person),
            ),
            audit=Audit(kept),
            templates=templates,
            confirmer=confirmer,
            token_type=_token_type(token_type),
            upload_roots=tuple(Path(root) for root in upload_roots),
            secrets=secrets or from_environment,
            hide=Scrubber([token]),
            at_risk=_at_risk(templates),
        )
        self._read_only = read_only
        self._tools = self._chosen(groups, include, exclude)

    @classmethod
    def from_env(cls, *, cli_credentials: bool = False, **settings: Any) -> Self:
        """Make a toolkit from the environment, under whatever is given here.

        Reads `TFE_TOKEN`; `TFE_ADDRESS` or `TFE_HOSTNAME`; `TFC_AGENT_POLICY`, `TFC_AGENT_PROMPTS`, `TFC_AGENT_STORE`.
        With `cli_credentials` also `TF_TOKEN_<host>` and the terraform CLI's credentials file: that token may be an
        owner's, so it is never taken unasked.

        Raises:
            ConfigurationError: No token was found, or a setting is wrong.
        """
        from tfc_agent_tools.environment import settings_from_env

        return cls(**settings_from_env(settings, cli_credentials=cli_credentials))

    def get_tools(self) -> list[BaseTool]:
        """The tools, in the order of the API guide, without those that the policy never lets this agent use."""
        return [tool for tool in self._tools if isinstance(tool, TerraformCloudTool) and tool.is_offered]

    def system_prompt(self) -> str:
        """How to work with runs, tokens, 404s and confirmations, for the agent's system prompt."""
        names = [tool.name for tool in self.get_tools()]
        host = self._host
        token_type = host.token_type.value if host.token_type else None
        return host.templates.render("system.md.j2", token_type=token_type, tools=names, read_only=self._read_only)

    def middleware(self) -> AgentMiddleware[Any, Any, Any]:
        """Ask once for all writes of a turn. Needs the extra `[langchain]` and a checkpointer in the agent."""
        from tfc_agent_tools.langgraph import ConfirmationMiddleware
        from tfc_agent_tools.workflows import workflows

        names = {tool.name for tool in self._tools}
        offered = {**catalog(), **workflows()}
        endpoints = {n: one for n, one in offered.items() if n in names and isinstance(one, Endpoint)}
        return ConfirmationMiddleware(self._host, endpoints)

    def all_pages(self, tool: str, **arguments: Any) -> list[dict[str, Any]]:
        """Every item of a list tool, over all its pages: `all_pages("list_workspaces", organization_name="acme")`.

        Raises:
            ToolkitError: What a guard or the server said.
        """
        from tfc_agent_tools.drive import SyncDriver
        from tfc_agent_tools.pages import all_pages

        return SyncDriver(self._host.wire).run(all_pages(self._list(tool), arguments, self._host))

    async def aall_pages(self, tool: str, **arguments: Any) -> list[dict[str, Any]]:
        """`all_pages` on the running event loop."""
        from tfc_agent_tools.drive import AsyncDriver
        from tfc_agent_tools.pages import all_pages

        return await AsyncDriver(self._host.wire).run(all_pages(self._list(tool), arguments, self._host))

    def _list(self, tool: str) -> Endpoint[Any]:
        endpoint = catalog().get(tool)
        if endpoint is None or not tool.startswith("list_") or tool not in {one.name for one in self._tools}:
            raise ArgumentError(
                "tool", f"{tool[:80]!r} is no list tool of this toolkit.", "Name one of its list tools."
            )
        return endpoint

    @property
    def approvals(self) -> Approvals:
        """What waits for a person: `pending()`, `approve(id, approver=...)`, `reject(id, approver=..., reason=...)`."""
        return self._host.approvals

    @property
    def audit(self) -> Audit:
        """What was done, asked and refused: `records()`, `verify()`."""
        return self._host.audit

    def use_clock(self, clock: Clock) -> None:
        """Wait by this clock: with an `InstantClock` a replay takes no time. Never use that against a real server."""
        self._host.wire.use(clock)

    def close(self) -> None:
        """Close the connections of blocking calls."""
        self._host.wire.close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop, and those of blocking calls."""
        await self._host.wire.aclose()

    def _chosen(
        self, groups: Sequence[str] | None, include: Sequence[str] | None, exclude: Sequence[str] | None
    ) -> list[BaseTool]:
        from tfc_agent_tools.workflows import workflows

        offered: dict[str, Endpoint[Any] | Workflow[Any]] = {**catalog(), **workflows()}
        self._host.templates.check_tools(offered)
        _known("groups", groups, [*GROUPS, "workflows"])
        _known("include", include, offered)
        _known("exclude", exclude, offered)
        return [
            TerraformCloudTool(operation, self._host)
            for name, operation in offered.items()
            if (groups is None or operation.group in groups)
            and (include is None or name in include)
            and name not in (exclude or ())
            and not (self._read_only and operation.risk is not Risk.READ)
        ]


def _known(setting: str, names: Sequence[str] | None, known: Collection[str]) -> None:
    if unknown := [name for name in names or () if name not in known]:
        msg = f"{setting}: there is no {', '.join(map(repr, unknown))}; there are {', '.join(known)}"
        raise ConfigurationError(msg)


def _at_risk(templates: Templates) -> AtRisk | None:
    """The packaged rules and the host's own; None where there are only the packaged ones, which are read when used."""
    files = templates.data_files(AT_RISK)
    if len(files) == 1:
        return None
    from tfc_agent_tools.present.plans.at_risk import read

    return read(files)


def _token_type(given: TokenType | str | None) -> TokenType | None:
    if given is None:
        return None
    try:
        return TokenType(given)
    except ValueError:
        msg = f"token_type: {given!r} is none of {', '.join(kind.value for kind in TokenType)}"
        raise ConfigurationError(msg) from None


def _store(given: Store | str | None) -> Store:
    if given is None:
        return MemoryStore()
    if isinstance(given, str):
        from tfc_agent_tools.sql_store import SqlStore

        return SqlStore(given)
    return given


def _policy(given: str | Path | PolicySource | None) -> PolicySource:
    if given is None:
        return DefaultPolicy()
    if isinstance(given, str | Path):
        from tfc_agent_tools.authority.rules.file import PolicyFile
        from tfc_agent_tools.policy_names import check_names

        return PolicyFile(Path(given), check=check_names)
    return given


def _for_this_server(policy: Policy, address: str) -> None:
    """A policy can name its hosts, so that no setting sends its token elsewhere."""
    from urllib.parse import urlsplit

    hosts = policy.hosts
    if hosts and urlsplit(address).netloc.lower() not in hosts:
        msg = f"policy: it is for {', '.join(hosts)} only, not for {address}; change `hosts` in it, or the address"
        raise ConfigurationError(msg)


def _requester(policy: Policy, agent: str, given: str | None) -> str | None:
    """The person for whom the agent acts."""
    people = policy.requesters_of(agent)
    if people and given is None and len(people) > 1:
        msg = f"requester: {agent} acts for {', '.join(people)}; say for whom of them"
        raise ConfigurationError(msg)
    if people and given is not None and given not in people:
        msg = f"requester: the policy lets {agent} act for {', '.join(people)}, not for {given!r}"
        raise ConfigurationError(msg)
    return given or (people[0] if people else None)
