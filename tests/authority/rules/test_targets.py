"""What rules see of a call: where it is, its run, its plan. What was not read is unknown, never absent."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.authority.rules.targets import targets
from tfc_agent_tools.facts import UNKNOWN, Resource
from tfc_agent_tools.types import Impact, Risk

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNREAD = Resource(type="", known=False)


def sides(tool: str, action: str, facts: dict[str, Resource] | None = None, **given: Any) -> tuple[Target, ...]:
    plan, impacts = given.pop("plan", None), given.pop("impacts", frozenset({Impact.APPLIES}))
    asked = Question(
        agent="a",
        tool=tool,
        action=action,
        risk=Risk.WRITE,
        arguments=given,
        facts=facts or {},
        plan=plan,
        impacts=impacts,
    )
    return targets(asked, NOW)


def seen(tool: str, action: str, facts: dict[str, Resource] | None = None, **given: Any) -> Target:
    return sides(tool, action, facts, **given)[0]


def workspace(organization: Any = "acme", **attributes: Any) -> Resource:
    data = organization and {"type": "organizations", "id": organization}
    return Resource("workspaces", "ws-1", {"name": "app", **attributes}, {"organization": {"data": data}})


def named(kind: str, name: str) -> Resource:
    return Resource(kind, "x-1", {"name": name})


@pytest.mark.parametrize(
    ("given", "facts", "project"),
    [
        ({"name": "new"}, {}, "Default Project"),
        ({"name": "new", "project_id": "prj-1"}, {}, UNKNOWN),
        ({"name": "new", "project_id": "prj-1"}, {"project": named("projects", "core")}, "core"),
    ],
)
def test_a_new_workspace_is_in_the_project_that_is_given(given: Any, facts: Any, project: Any) -> None:
    new = seen("create_workspace", "workspaces.create", facts, organization_name="acme", **given)
    assert (new.organization, new.workspace, new.project, new.tags) == ("acme", "new", project, UNKNOWN)


def test_a_new_workspace_of_which_nothing_is_known_yet_may_be_anywhere() -> None:
    new = seen("create_workspace", "workspaces.create")
    assert (new.organization, new.workspace, new.project) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_a_project_is_known_by_what_the_api_says_and_a_new_one_by_its_argument() -> None:
    core = {"project": named("projects", "core")}
    assert seen("create_project", "projects.create", organization_name="acme", name="shop").project == "shop"
    assert seen("delete_project", "projects.delete", core, project_id="prj-1", name="other").project == "core"
    assert seen("delete_project", "projects.delete", project_id="prj-1").project is UNKNOWN


@pytest.mark.parametrize(
    ("given", "name", "organization"),
    [
        ({"workspace": "acme/app"}, "app", "acme"),
        ({"organization_name": "acme", "workspace_name": "app"}, "app", "acme"),
        ({"workspace": "ws-1"}, UNKNOWN, UNKNOWN),
        ({}, UNKNOWN, UNKNOWN),
    ],
)
@pytest.mark.parametrize("facts", [{}, {"workspace": UNREAD}])
def test_a_workspace_that_was_not_read_is_known_only_by_what_names_it(
    given: Any, name: Any, organization: Any, facts: Any
) -> None:
    target = seen("lock_workspace", "workspaces.lock", facts, **given)
    assert (target.workspace, target.organization, target.project, target.tags) == (
        name,
        organization,
        UNKNOWN,
        UNKNOWN,
    )


@pytest.mark.parametrize(("says", "organization"), [("acme", "acme"), (None, UNKNOWN)])
def test_a_workspace_without_an_organization_may_be_in_any(says: Any, organization: Any) -> None:
    target = seen("lock_workspace", "workspaces.lock", {"workspace": workspace(says)}, workspace="ws-1")
    assert target.organization == organization


BINDINGS = (
    Resource("effective-tag-bindings", "1", {"key": "Env", "value": "Prod"}),
    Resource("effective-tag-bindings", "2", {"key": "Team", "value": ""}),
)


@pytest.mark.parametrize(
    ("attributes", "total", "tags"),
    [
        ({"tag-names": ["Old"]}, 2, {"env=prod", "team", "old"}),
        ({"tag-names": ["Old"]}, None, {"env=prod", "team", "old"}),
        ({"tag-names": ["Old"]}, 3, UNKNOWN),
        ({}, 2, UNKNOWN),
    ],
)
def test_tags_that_were_not_read_whole_may_be_any(attributes: Any, total: int | None, tags: Any) -> None:
    facts = {"workspace": workspace(**attributes), "tags": Resource("", items=BINDINGS, total=total)}
    assert seen("lock_workspace", "workspaces.lock", facts).tags == tags
    assert seen("lock_workspace", "workspaces.lock", facts | {"workspace": UNREAD}).tags is UNKNOWN


FACTS = {
    "workspace": workspace(**{"tag-names": []}),
    "current_project": named("projects", "core"),
    "project": named("projects", "shop"),
    "tags": Resource("", items=BINDINGS),
}


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"new_name": "app-prod"}, {"workspace": "app-prod"}),
        ({"tags": ["a"]}, {"tags": UNKNOWN}),
        ({"project_id": "prj-2"}, {"project": "shop", "tags": UNKNOWN}),
        ({"description": "x"}, {}),
        ({"new_name": None, "tags": None}, {}),
    ],
)
def test_a_workspace_that_is_renamed_tagged_or_moved_is_decided_on_as_it_will_be_too(given: Any, changed: Any) -> None:
    now, *then = sides("update_workspace_by_id", "workspaces.update", FACTS, **given)
    before = {"workspace": "app", "project": "core", "tags": {"env=prod", "team"}}
    assert {name: getattr(now, name) for name in before} == before
    assert [{name: getattr(one, name) for name in before} for one in then] == ([before | changed] if changed else [])


def test_a_project_that_is_renamed_is_decided_on_by_both_names_and_nothing_else_is() -> None:
    now, then = sides("update_project", "projects.update", {"project": named("projects", "core")}, new_name="shop")
    assert (now.project, then.project, then.workspace, then.tags) == ("core", "shop", None, None)
    assert len(sides("lock_workspace", "workspaces.lock", FACTS, new_name="x", tags=["a"], project_id="p")) == 1


RUN = {
    "plan-only": False,
    "auto-apply": True,
    "is-destroy": True,
    "refresh-only": False,
    "target-addrs": ["a.b"],
    "replace-addrs": [],
    "variables": [{"key": "size", "value": "1"}],
    "allow-config-generation": False,
}


def test_a_run_that_is_there_is_what_the_api_says_of_it_and_one_that_was_not_read_may_be_any() -> None:
    run = seen("apply_run", "runs.apply", {"run": Resource("runs", "run-1", RUN)}, is_destroy=False)
    assert (run.plan_only, run.auto_apply, run.is_destroy, run.refresh_only) == (False, True, True, False)
    assert (run.targets, run.replaces, run.variables) == ({"a.b"}, set(), {"size"})
    for facts in ({}, {"run": Resource("runs", "run-1", RUN, known=False)}, {"run": Resource("runs", "run-1")}):
        run = seen("apply_run", "runs.apply", facts)
        assert {run.plan_only, run.auto_apply, run.is_destroy, run.targets, run.variables} == {UNKNOWN}


@pytest.mark.parametrize(
    ("triggered", "count"),
    [
        (Resource("", items=()), 0),
        (Resource("", items=BINDINGS), 2),
        (Resource("", items=BINDINGS, total=5), 5),
        (UNREAD, UNKNOWN),
    ],
)
def test_triggers_are_counted_where_they_were_read(triggered: Resource, count: Any) -> None:
    facts = {"run": Resource("runs", "run-1", RUN), "triggered": triggered}
    assert seen("apply_run", "runs.apply", facts).downstream == count


def test_a_call_that_can_neither_apply_nor_destroy_changes_nothing_and_any_other_may() -> None:
    for impacts, found in (({Impact.RUNS_CODE}, 0), ({Impact.APPLIES}, UNKNOWN), ({Impact.DESTROYS}, UNKNOWN)):
        run = seen("create_run", "runs.create", impacts=frozenset(impacts))
        assert {run.destroys, run.changes, run.adds, run.imports} == {found}
        assert run.addresses == (frozenset() if found == 0 else UNKNOWN)
    assert seen("create_run", "runs.create", impacts=frozenset()).destroys is UNKNOWN


def plan(**changes: Any) -> Any:
    lost, made = SimpleNamespace(name="LOSES_DATA"), SimpleNamespace(name="NONE")
    known = {
        "destroys": 1,
        "changes": 2,
        "adds": 3,
        "imports": 4,
        "counts": object(),
        "more_types": 0,
        "tier": SimpleNamespace(name="FULL"),
        "totals": (
            SimpleNamespace(type="aws_db_instance", danger=lost, count=1),
            SimpleNamespace(type="aws_eip", danger=made, count=3),
        ),
        "listed": (
            SimpleNamespace(address="aws_db_instance.main", danger=lost),
            SimpleNamespace(address="aws_eip.a", danger=made),
        ),
    }
    return SimpleNamespace(**(known | changes))


def test_a_plan_that_was_read_says_what_changes() -> None:
    run = seen("apply_run", "runs.apply", plan=plan())
    assert (run.destroys, run.changes, run.adds, run.imports, run.plan_tier) == (1, 2, 3, 4, "full")
    assert run.resource_types == {"aws_db_instance", "aws_eip"}
    assert run.addresses == {"aws_db_instance.main"}


@pytest.mark.parametrize("changes", [{"counts": None}, {"more_types": 1}, {"counts": None, "more_types": 1}])
def test_a_plan_that_is_not_known_whole_may_change_anything(changes: Any) -> None:
    run = seen("apply_run", "runs.apply", plan=plan(**changes))
    assert (run.resource_types, run.addresses) == (UNKNOWN, UNKNOWN)


def test_a_plan_of_which_not_everything_that_goes_is_listed_may_end_anything() -> None:
    run = seen("apply_run", "runs.apply", plan=plan(listed=()))
    assert (run.resource_types, run.addresses) == ({"aws_db_instance", "aws_eip"}, UNKNOWN)
