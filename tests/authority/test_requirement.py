"""Who must say yes: proven names, several people, and nobody who asked for it or made it."""

from __future__ import annotations

import pytest

from tfc_agent_tools.authority.requirement import Approver, Demands, Proof, Requirement

ANA, BOB, EVE = (Approver(f"{name}@acme.io", Proof.HOST) for name in ("ana", "bob", "eve"))
ANYBODY = Approver("ana@acme.io")
TWO = Requirement(people=frozenset({ANA.name, BOB.name}), minimum=2)
APART = Requirement(not_requester=True)


def met(requirement: Requirement, *yes: Approver, excluded: frozenset[str] = frozenset(), **more: object) -> bool:
    return requirement.is_met(frozenset(yes), excluded, **more)  # type: ignore[arg-type]


def test_without_a_demand_any_yes_is_enough_and_none_is_not() -> None:
    assert met(Requirement(), ANYBODY)
    assert not met(Requirement())


@pytest.mark.parametrize("minimum", [0, -1])
def test_a_rule_that_demands_nobody_still_demands_a_yes(minimum: int) -> None:
    assert not met(Requirement(minimum=minimum, people=frozenset({ANA.name})))
    assert not met(Requirement(minimum=minimum, not_requester=True))


@pytest.mark.parametrize("requirement", [Requirement(people=frozenset({ANYBODY.name})), Requirement(minimum=2), APART])
def test_a_name_without_proof_meets_no_demand(requirement: Requirement) -> None:
    assert not met(requirement, ANYBODY, Approver("bob@acme.io"), Approver("console"))


def test_only_the_people_of_the_rule_count() -> None:
    assert met(Requirement(people=frozenset({ANA.name})), ANA)
    assert not met(Requirement(people=frozenset({ANA.name})), EVE, BOB)
    assert not met(TWO, ANA, EVE)
    assert met(TWO, ANA, BOB)


def test_one_person_counts_once_however_they_prove_and_write_their_name() -> None:
    by_key, shouted = Approver(ANA.name, Proof.SIGNATURE), Approver(ANA.name.upper(), Proof.HOST)
    assert not met(Requirement(minimum=2), ANA, by_key, shouted)
    assert met(Requirement(minimum=2), ANA, by_key, BOB)


@pytest.mark.parametrize("name", ["ana@acme.io", "ANA@acme.io"])
def test_whoever_asked_does_not_count(name: str) -> None:
    assert not met(APART, ANA, excluded=frozenset({name}))
    assert met(APART, ANA, BOB, excluded=frozenset({name}))
    assert met(Requirement(people=frozenset({ANA.name})), ANA, excluded=frozenset({name}))


def test_whoever_made_it_does_not_count_under_another_name() -> None:
    def others(name: str) -> frozenset[str]:
        return frozenset({"user-1"} if name == ANA.name else {"user-2"})

    made = frozenset({"user-1"})
    assert not met(APART, ANA, authors=made, also_known_as=others)
    assert not met(
        Requirement(people=frozenset({ANA.name}), not_requester=True), ANA, authors=made, also_known_as=others
    )
    assert met(APART, BOB, authors=made, also_known_as=others)


@pytest.mark.parametrize("authors", [None, frozenset({"user-1"})])
def test_who_cant_be_told_apart_from_an_author_counts_only_if_the_rule_names_them(
    authors: frozenset[str] | None,
) -> None:
    named = Requirement(people=frozenset({ANA.name}), not_requester=True)
    assert not met(APART, ANA, authors=authors)
    assert met(named, ANA, authors=authors)


def test_where_an_author_is_unknown_other_names_do_not_help() -> None:
    assert not met(APART, ANA, authors=None, also_known_as=lambda _: frozenset({"user-2"}))


def test_all_requirements_must_be_met_and_what_is_needed_is_said() -> None:
    demands = Demands(requirements=(TWO, APART), excluded=frozenset({"eve@acme.io"}))
    assert demands.unmet(frozenset({ANA, BOB})) is None
    needed = demands.unmet(frozenset({ANA, EVE}))
    assert needed
    assert "2 of ana@acme.io, bob@acme.io" in needed
    assert "signed" in needed
    assert "host application" in needed


def test_a_demanded_name_is_part_of_what_is_needed() -> None:
    demands = Demands(typed="app-prod")
    assert "'app-prod'" in str(demands.unmet(frozenset()))
    assert demands.unmet(frozenset({ANYBODY})) is None
    assert "'app-prod'" in str(Demands(typed="app-prod", requirements=(APART,)).unmet(frozenset({ANYBODY})))


def test_a_name_says_whether_it_is_proven() -> None:
    assert (str(ANYBODY), str(ANA)) == ("ana@acme.io (unverified)", "ana@acme.io")
