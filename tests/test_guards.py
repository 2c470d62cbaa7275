from __future__ import annotations

from functools import reduce
from itertools import permutations

import pytest

from tfc_agent_tools.attempt import facts_for
from tfc_agent_tools.endpoint import endpoint
from tfc_agent_tools.facts import Preview, Resource
from tfc_agent_tools.guards import (
    Guard,
    confirms,
    explains,
    impacts,
    marks,
    permission,
    previews,
    returns,
    tokens,
)
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import Impact, Risk, TokenType


def preview(run: Resource) -> Preview:
    return Preview(facts={"run": run.id})


GUARDS = (
    tokens(TokenType.USER),
    permission("apply runs", run="can-apply"),
    confirms(Risk.WRITE),
    explains("explain/apply_run.md.j2"),
    previews(preview),
    impacts(Impact.APPLIES),
    returns("run-ref"),
)


def poke(thing_id: str) -> Json:
    """Poke a thing."""


def poke_workspace(workspace: str) -> Json:
    """Poke a workspace."""


bare = endpoint("POST /things/{thing_id}/actions/poke", action="things.poke")(poke)


def test_any_order_of_decorators_gives_the_same_endpoint() -> None:
    made = [reduce(lambda stated, guard: guard(stated), order, bare) for order in permutations(GUARDS)]
    assert all(stated == made[0] for stated in made)
    assert made[0] != bare


def test_a_bare_write_has_the_strictest_of_everything() -> None:
    assert bare.risk is Risk.DESTRUCTIVE
    assert bare.impacts == frozenset(Impact)
    assert bare.tokens == {TokenType.USER, TokenType.TEAM}
    assert bare.shape is None


def test_a_bare_write_reads_its_workspace_so_that_a_person_sees_where_it_is() -> None:
    write = endpoint("POST /workspaces/{workspace}/actions/poke", action="workspaces.poke")(poke_workspace)
    asked = next(facts_for(write, {"workspace": "ws-1"}))
    assert [request.path for request in asked.requests] == ["/workspaces/ws-1"]


def test_a_bare_read_is_closed_to_organization_and_audit_trails_tokens() -> None:
    read = endpoint("GET /things/{thing_id}", action="things.read")(poke)
    assert read.risk is Risk.READ
    assert read.tokens == {TokenType.USER, TokenType.TEAM}


@pytest.mark.parametrize("guard", [*GUARDS, marks("message", among="/runs")])
def test_a_guard_on_a_plain_function_is_a_type_error(guard: Guard) -> None:
    with pytest.raises(TypeError, match="above @endpoint"):
        guard(poke)


@pytest.mark.parametrize("guard", GUARDS)
def test_a_fact_is_stated_once(guard: Guard) -> None:
    with pytest.raises(TypeError, match="twice"):
        guard(guard(bare))


def test_a_guard_leaves_the_endpoint_it_was_given_as_it_was() -> None:
    confirms(Risk.WRITE)(bare)
    assert bare.risk is Risk.DESTRUCTIVE
