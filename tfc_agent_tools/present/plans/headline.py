"""The first and last lines about a plan: how much it does, what is wrong with it, and what all that rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.facts import UNKNOWN, Unknown
from tfc_agent_tools.present.plans.explanation import ActionCounts, Danger, Tier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfc_agent_tools.present.plans.explanation import PlanExplanation


def headline(explanation: PlanExplanation) -> str:
    """`DESTROYS 2 and REPLACES 1 of 214 resources; 1 of them holds data; 1 change weakens protection.`."""
    counts = explanation.counts
    if counts is None:
        return "Which resources change is not known, only how many."
    ends = {"DESTROYS": counts.destroy, "REPLACES": counts.replace, "FORGETS": counts.forget}
    harmless = {"updates": counts.update, "creates": counts.create}
    acts = {act: n for act, n in (ends if any(ends.values()) else harmless).items() if n}
    said = [*_share(acts, explanation, counts), *_alarms(acts, explanation)] if acts else _beside(explanation, counts)
    text = "; ".join(said)
    return f"As far as it got: {text}." if explanation.is_errored else f"{text[0].upper()}{text[1:]}."


def _share(acts: Mapping[str, int], explanation: PlanExplanation, counts: ActionCounts) -> list[str]:
    """`updates 3 and creates 1 of 20 resources`; a log, or a plan of only a part, does not name all others."""
    is_whole = explanation.tier is not Tier.LOG and explanation.is_complete is not False and not explanation.is_errored
    total = counts.managed if is_whole else None
    if list(acts.values()) == [total] and total != 1:
        return [f"{next(iter(acts))} all {total:,} resources"]
    said = _and([f"{act} {number:,}" for act, number in acts.items()])
    if total and total > 1:
        return [f"{said} of {total:,} resources"]
    return [f"{said} {'resource' if list(acts.values()) == [1] else 'resources'}"]


def _alarms(acts: Mapping[str, int], explanation: PlanExplanation) -> list[str]:
    """What of them is dangerous. That nothing is destroyed is not known of a plan that failed on its way."""
    said = list[str]()
    if explanation.destroys == 0 and not explanation.is_errored:
        said.append("none is destroyed")
    if data := _number(explanation, Danger.LOSES_DATA):
        holds = "holds data" if data == 1 else "hold data"
        said.append(f"it {holds}" if sum(acts.values()) == 1 else f"{data:,} of them {holds}")
    if weaker := _number(explanation, Danger.WEAKENED):
        said.append(f"{weaker:,} {'change weakens' if weaker == 1 else 'changes weaken'} protection")
    return said


def _beside(explanation: PlanExplanation, counts: ActionCounts) -> list[str]:
    """What a plan does that changes no resource."""
    outputs = len(explanation.outputs) + explanation.more_outputs
    actions = len(explanation.invoked) + explanation.more_invoked
    parts = {
        f"imports {counts.import_:,}": counts.import_,
        f"moves {counts.move:,} in the state": counts.move,
        f"runs {_several(actions, 'action')}": actions,
        f"leaves {counts.deferred:,} to a later plan": counts.deferred,
        f"changes {_several(outputs, 'output')}": outputs,
    }
    does = [part for part, number in parts.items() if number]
    said = [f"changes no resource, but {_and(does)}" if does else "changes nothing"]
    if counts.drifted:
        were = "was" if counts.drifted == 1 else "were"
        said.append(f"{_several(counts.drifted, 'resource')} {were} changed outside of Terraform")
    return said


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
    if explanation.is_errored:
        return ["THIS PLAN FAILED. It can't be applied, and its list of changes is not complete."]
    said = list[str]()
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


def _number(explanation: PlanExplanation, danger: Danger) -> int:
    return sum(total.count for total in explanation.totals if total.danger is danger)


def _several(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), parts[-1]])
