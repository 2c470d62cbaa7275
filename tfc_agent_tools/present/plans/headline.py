"""The first and last lines about a plan: how much it does, what is wrong with it, and what all that rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.facts import UNKNOWN, Unknown
from tfc_agent_tools.present.plans.facts import ActionCounts, Danger, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.present.plans.facts import PlanExplanation


def headline(explanation: PlanExplanation) -> str:
    """`DESTROYS 2 and REPLACES 1 of 214 resources; 1 of them holds data.`."""
    counts = explanation.counts
    if counts is None:
        return "Which resources change is not known, only how many."
    acts = {"DESTROYS": counts.destroy, "REPLACES": counts.replace, "FORGETS": counts.forget}
    harmless = {"updates": counts.update, "creates": counts.create}
    changed = {word: number for word, number in acts.items() if number} or {w: n for w, n in harmless.items() if n}
    if not changed:
        return "Changes no resource" + (", only outputs." if explanation.outputs else ".")
    said = _share(changed, explanation)
    if not any(acts.values()):
        said += "; none is destroyed"
    data, weaker = (_in(explanation, danger) for danger in (Danger.LOSES_DATA, Danger.WEAKENED))
    said += f"; {data:,} of them {'holds' if data == 1 else 'hold'} data" if data else ""
    return said + (f"; {weaker:,} {'is' if weaker == 1 else 'are'} less protected than before." if weaker else ".")


def _in(explanation: PlanExplanation, danger: Danger) -> int:
    return sum(total.count for total in explanation.totals if total.danger is danger)


def _share(changed: dict[str, int], explanation: PlanExplanation) -> str:
    """`Updates 3 and creates 1 of 20 resources`; a log does not name those that stay as they are."""
    total = explanation.counts.managed if explanation.counts and explanation.tier is not Tier.LOG else None
    if list(changed.values()) == [total] and total != 1:
        said = f"{next(iter(changed))} all {total:,} resources"
    else:
        said = _and([f"{word} {number:,}" for word, number in changed.items()])
        said += (
            f" of {total:,} resources"
            if total not in {None, 1}
            else " resource" + "s" * (list(changed.values()) != [1])
        )
    return said[0].upper() + said[1:]


def counts(explanation: PlanExplanation) -> str:
    """As Terraform's own summary counts, and what that leaves out."""
    numbers: dict[str, int | Unknown] = {
        "to add": explanation.adds,
        "to change": explanation.changes,
        "to destroy": explanation.destroys,
    }
    known = explanation.counts or ActionCounts()
    more = {
        "to import": explanation.imports,
        "to forget": known.forget,
        "to read": known.read,
        "moved": known.move,
        "deferred to a later plan": known.deferred,
    }
    numbers |= {word: number for word, number in more.items() if number is not UNKNOWN and number}
    return ", ".join(f"{n if isinstance(n, Unknown) else format(n, ',')} {word}" for word, n in numbers.items()) + "."


def warnings(explanation: PlanExplanation) -> list[str]:
    """What must be known before anything else is read."""
    said = list[str]()
    if explanation.is_errored:
        return ["THIS PLAN FAILED. It can't be applied, and its list of changes is not complete."]
    if explanation.is_complete is False:
        said.append("Not complete: it is limited to some resources, or parts are deferred to a later plan.")
    if explanation.is_applyable is False and explanation.changes_anything:
        said.append("Terraform says that it can't be applied.")
    return said


def basis(explanation: PlanExplanation) -> str:
    """What the explanation rests on, and by which digest the plan is known."""
    version = f" of Terraform {explanation.terraform_version}" if explanation.terraform_version else ""
    missing = {
        Tier.FULL: "",
        Tier.REDACTED: ", where sensitive values are left out",
        Tier.LOG: ", which does not say which attributes change, what forces a replacement or which way round it goes",
        Tier.COUNTS: ", which do not say what is changed or destroyed",
    }[explanation.tier]
    return f"Rests on the {explanation.tier.value}{version}{missing}. Plan digest {explanation.digest[:12]}."


def _and(parts: Sequence[str]) -> str:
    return " and ".join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), parts[-1]])
