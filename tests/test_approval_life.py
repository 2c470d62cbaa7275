"""Approvals through the whole life of a call, where the policy demands something of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.office import Demanding
from support.server import RUN, WORKSPACE, Server, document, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools import Decision, TerraformCloudToolkit
from tfc_agent_tools.authority.approvals import Approvals, State
from tfc_agent_tools.authority.requirement import Approver, Proof, Requirement
from tfc_agent_tools.authority.signatures import keypair, message, sign

ANA, BOB = Approver("ana", Proof.HOST), Approver("bob", Proof.HOST)
BY_ANA = {"approvers": (Requirement(people=frozenset({"ana"})),)}
APART = {"approvers": (Requirement(not_requester=True),)}


@pytest.fixture
def demanding(make_toolkit: MakeToolkit) -> Any:
    def make(demands: dict[str, Any], **settings: Any) -> TerraformCloudToolkit:
        toolkit = make_toolkit(**settings)
        toolkit._host.policy = Demanding(**demands)
        return toolkit

    return make


def pending(toolkit: TerraformCloudToolkit) -> str:
    (one,) = toolkit.approvals.pending()
    return one.id


@pytest.mark.parametrize("answer", [True, Decision(approved=True, approver="ana"), Decision(approved=True)])
def test_a_confirmers_bare_yes_is_not_what_a_policy_demands(
    answer: object, server: Server, demanding: Any, use: Use
) -> None:
    toolkit = demanding(BY_ANA, confirmer=lambda _: answer)
    message_ = use(toolkit, "apply_run", run_id=RUN)
    assert message_.status == "error"
    assert "It was not sent" in message_.text
    assert "Still needed: the yes of ana" in message_.text
    assert server.writes == []
    assert toolkit.approvals.get(pending(toolkit)).answers[0].approver.proof is Proof.UNVERIFIED


def test_a_confirmer_that_gives_the_hosts_word_is(server: Server, demanding: Any, use: Use) -> None:
    toolkit = demanding(BY_ANA, confirmer=lambda _: Decision(approved=True, approver=ANA))
    assert use(toolkit, "apply_run", run_id=RUN).status == "success"
    assert len(server.writes) == 1


def test_whoever_the_agent_acts_for_can_not_approve_and_another_can(server: Server, demanding: Any, use: Use) -> None:
    toolkit = demanding(APART, agent="infra", requester="ana")
    use(toolkit, "lock_workspace", workspace=WORKSPACE)
    for out in (ANA, Approver("infra", Proof.HOST), Approver("ANA", Proof.HOST)):
        assert toolkit.approvals.approve(pending(toolkit), approver=out).state is State.PENDING
    assert use(toolkit, "lock_workspace", workspace=WORKSPACE).status == "error"
    assert toolkit.approvals.approve(pending(toolkit), approver=BOB).state is State.APPROVED
    assert use(toolkit, "lock_workspace", workspace=WORKSPACE).status == "success"


def test_whoever_made_the_run_can_not_approve_it(server: Server, demanding: Any, use: Use) -> None:
    run = document(
        "runs",
        RUN,
        server.run,
        plan=("plans", "plan-bbbbbbbbbbbbbbbb"),
        workspace=("workspaces", WORKSPACE),
        configuration_version=("configuration-versions", "cv-dddddddddddddddd"),
        created_by=("users", "user-ana"),
    )
    version = document("configuration-versions", "cv-dddddddddddddddd", server.version, ingress_attributes=None)
    server.answers |= {f"GET /runs/{RUN}": says(run), "GET /configuration-versions/cv-dddddddddddddddd": says(version)}
    toolkit = demanding(APART)
    known = {"ana": frozenset({"user-ana"}), "bob": frozenset({"user-bob"})}
    toolkit._host.approvals = Approvals(
        toolkit.approvals._store, also_known_as=lambda name: known.get(name, frozenset())
    )
    use(toolkit, "apply_run", run_id=RUN)
    for out in (ANA, Approver("eve", Proof.HOST)):
        assert toolkit.approvals.approve(pending(toolkit), approver=out).state is State.PENDING
    assert toolkit.approvals.approve(pending(toolkit), approver=BOB).state is State.APPROVED
    assert use(toolkit, "apply_run", run_id=RUN).status == "success"


def test_where_it_is_not_known_who_made_the_run_only_whom_the_rule_names_counts(
    server: Server, demanding: Any, use: Use
) -> None:
    toolkit = demanding(APART)
    use(toolkit, "apply_run", run_id=RUN)
    asked = toolkit.approvals.get(pending(toolkit))
    assert asked.demands.authors is None
    assert toolkit.approvals.approve(asked.id, approver=BOB).state is State.PENDING


@pytest.mark.parametrize(
    ("creator", "ingress", "authors"),
    [
        ("user-ana", {"ingress_attributes": None}, frozenset({"user-ana"})),
        ("user-ana", {}, None),
        ("user-ana", {"ingress_attributes": ("ingress-attributes", "ia-1")}, None),
        ("user ana, who is fine", {"ingress_attributes": None}, None),
    ],
    ids=["no commit", "not told whether there is one", "a commit that is not read", "no plain name"],
)
def test_an_author_that_was_not_read_or_has_no_plain_name_is_not_known(
    creator: str, ingress: Any, authors: Any, server: Server, demanding: Any, use: Use
) -> None:
    places = {"plan": ("plans", "plan-bbbbbbbbbbbbbbbb"), "workspace": ("workspaces", WORKSPACE)}
    places["configuration_version"] = ("configuration-versions", "cv-dddddddddddddddd")
    version = document("configuration-versions", "cv-dddddddddddddddd", server.version, **ingress)
    server.answers |= {
        f"GET /runs/{RUN}": says(document("runs", RUN, server.run, **places, created_by=("users", creator))),
        "GET /configuration-versions/cv-dddddddddddddddd": says(version),
    }
    toolkit = demanding(APART)
    use(toolkit, "apply_run", run_id=RUN)
    assert toolkit.approvals.get(pending(toolkit)).demands.authors == authors


def test_who_makes_a_run_that_is_not_there_yet_is_not_known_and_a_lock_has_no_author(
    server: Server, demanding: Any, use: Use
) -> None:
    for name, authors in (("create_run", None), ("lock_workspace", frozenset())):
        toolkit = demanding(APART)
        use(toolkit, name, workspace=WORKSPACE)
        assert toolkit.approvals.get(pending(toolkit)).demands.authors == authors


def test_a_typed_name_is_demanded_of_a_confirmer_only_where_the_policy_says_so(
    server: Server, demanding: Any, use: Use
) -> None:
    toolkit = demanding({"typed": True}, confirmer=lambda _: True)
    refused = use(toolkit, "lock_workspace", workspace=WORKSPACE)
    assert "'app-staging'" in refused.text
    assert server.writes == []
    toolkit = demanding({"typed": True}, confirmer=lambda asked: Decision(approved=True, typed=asked.typed))
    assert use(toolkit, "lock_workspace", workspace=WORKSPACE).status == "success"


def test_a_policy_shortens_the_time_to_answer(demanding: Any, use: Use) -> None:
    toolkit = demanding({"seconds": 60})
    use(toolkit, "apply_run", run_id=RUN)
    asked = toolkit.approvals.get(pending(toolkit))
    assert (asked.confirmation.expires_at - asked.created_at).total_seconds() == pytest.approx(60, abs=1)


def test_a_policy_that_demands_more_by_the_time_of_the_send_gets_more(server: Server, demanding: Any, use: Use) -> None:
    toolkit = demanding({})
    use(toolkit, "apply_run", run_id=RUN)
    toolkit.approvals.approve(pending(toolkit), approver="console")
    toolkit._host.policy = Demanding(**BY_ANA)
    assert use(toolkit, "apply_run", run_id=RUN).status == "error"
    assert server.writes == []


def test_a_record_says_what_it_was_about_and_holds_no_token(server: Server, demanding: Any, use: Use) -> None:
    toolkit = demanding({}, agent="infra", requester="ana")
    use(toolkit, "apply_run", run_id=RUN)
    asked = toolkit.approvals.get(pending(toolkit))
    origin = asked.origin
    assert (asked.agent, origin.requester, origin.token_type) == ("infra", "ana", "user")
    assert (origin.server, origin.organization, origin.workspace) == ("https://app.terraform.io", "acme", WORKSPACE)
    assert origin.targets["run"] == RUN
    assert origin.targets["plan"].startswith("plan-")
    assert (origin.policy, origin.rules) == ("default-1", ("r1",))
    assert "s3cr3t" not in repr(asked)


def test_a_yes_to_an_apply_outlives_the_runs_status_but_not_its_plan(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN)
    toolkit.approvals.approve(pending(toolkit), approver="ana")
    server.run["status"] = "policy_checked"
    assert use(toolkit, "apply_run", run_id=RUN).status == "success"
    use(toolkit, "apply_run", run_id=RUN)
    toolkit.approvals.approve(pending(toolkit), approver="ana")
    server.plan["resource-destructions"] = 1
    assert "no longer true" in use(toolkit, "apply_run", run_id=RUN).text
    assert len(server.writes) == 1


def test_a_yes_to_a_lock_outlives_the_current_run_but_not_the_lock(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit()
    use(toolkit, "lock_workspace", workspace=WORKSPACE)
    toolkit.approvals.approve(pending(toolkit), approver="ana")
    moved = document(
        "workspaces", WORKSPACE, server.workspace, organization=("organizations", "acme"), current_run=("runs", "run-9")
    )
    server.answers[f"GET /workspaces/{WORKSPACE}"] = says(moved)
    assert use(toolkit, "lock_workspace", workspace=WORKSPACE).status == "success"


def test_edited_arguments_are_a_new_question(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN, comment="as agreed")
    toolkit.approvals.approve(pending(toolkit), approver="ana")
    assert "must confirm" in use(toolkit, "apply_run", run_id=RUN, comment="and more").text
    assert server.writes == []


def test_a_question_that_nobody_answered_is_put_anew_once_its_facts_change(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN)
    first = pending(toolkit)
    use(toolkit, "apply_run", run_id=RUN)
    assert pending(toolkit) == first, "nothing changed, so it is the same question"
    server.plan["resource-destructions"] = 1
    use(toolkit, "apply_run", run_id=RUN)
    second = pending(toolkit)
    assert second != first
    assert toolkit.approvals.get(first).state is State.CHANGED
    assert "1 to destroy" in toolkit.approvals.get(second).confirmation.text
    toolkit.approvals.approve(second, approver="ana")
    assert use(toolkit, "apply_run", run_id=RUN).status == "success"


def test_a_revoked_yes_sends_nothing_and_the_same_call_asks_anew(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN)
    first = pending(toolkit)
    toolkit.approvals.approve(first, approver="ana")
    toolkit.approvals.revoke(first, by="bob")
    assert "must confirm" in use(toolkit, "apply_run", run_id=RUN).text
    assert pending(toolkit) != first
    assert server.writes == []


def test_too_many_questions_are_refused_before_they_are_on_file(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit()
    toolkit._host.approvals = Approvals(toolkit.approvals._store, at_most=1)
    use(toolkit, "apply_run", run_id=RUN)
    refused = use(toolkit, "lock_workspace", workspace=WORKSPACE)
    assert "too many questions of this agent wait" in refused.text
    assert len(toolkit.approvals.pending()) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_asked_in_one_process_signed_in_another_and_used_in_a_third(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, server: Server, demanding: Any, use: Use
) -> None:
    url = f"sqlite:///{tmp_path}/a.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    private, public = keypair()
    asking, people, using = (demanding(BY_ANA, store=url) for _ in range(3))
    for toolkit in (asking, people, using):
        toolkit._host.approvals = Approvals(toolkit.approvals._store, keys_of=lambda name: {"ana": (public,)}[name])
    use(asking, "apply_run", run_id=RUN)
    (waits,) = people.approvals.pending()
    signature = sign(private, message(waits, approved=True, approver="ana"))
    people.approvals.approve(waits.id, approver="ana", signature=signature)
    assert use(using, "apply_run", run_id=RUN).status == "success"
    assert "must confirm" in use(asking, "apply_run", run_id=RUN).text
    assert len(server.writes) == 1
    for toolkit in (asking, people, using):
        toolkit.audit._store.close()
