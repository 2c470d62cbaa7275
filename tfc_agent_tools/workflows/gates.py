"""What stood between a run's plan and its apply: Sentinel checks, policy evaluations, run tasks, and what they said.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/policy-checks
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/policy-evaluations
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run-tasks/run-task-stages-and-results
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfc_agent_tools.endpoints.details import list_policy_checks, list_policy_set_outcomes, list_task_stages
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.untrusted import fence, one_line
from tfc_agent_tools.workflow import unless_hidden

_NOT_FAILED: Final = frozenset({"passed", "pending", "running", "queued", "overridden"})
_CHECKS_THAT_STOP: Final = frozenset({"hard_failed", "soft_failed", "errored"})
_OVERRIDDEN: Final = "overridden"
_MOST_POLICIES: Final = 20
"""Of one policy set; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One check, policy set or run task that did not pass."""

    name: str
    status: str
    stops: bool
    """Whether the run could not go on by itself because of it."""
    said: tuple[str, ...] = ()
    """What it said, quoted: text from outside."""


def gates_of(run_id: str, missing: list[str]) -> Generator[Any, Any, tuple[Gate, ...]]:
    """The gates of a run that did not pass."""
    found: list[Gate] = []
    if checks := (yield from unless_hidden(list_policy_checks, missing, run_id=run_id)):
        found += [gate for one in checks.resources if (gate := _check(one))]
    stages = yield from unless_hidden(list_task_stages, missing, run_id=run_id)
    for one in stages.included if stages else ():
        if one.type == "task-results" and _status(one) not in _NOT_FAILED:
            found.append(_task(one))
        if one.type == "policy-evaluations" and _has_failures(one):
            found += yield from _policies(one, missing)
    return tuple(found)


def _status(resource: Resource) -> str:
    return one_line(resource.text("status"), 100)


def _check(check: Resource) -> Gate | None:
    status = _status(check)
    failed = {kind: check.get(f"result.{kind}-failed") for kind in ("hard", "soft", "advisory")}
    counted = ", ".join(f"{number} {kind}" for kind, number in failed.items() if isinstance(number, int) and number)
    if not counted and status not in _CHECKS_THAT_STOP:
        return None
    name = f"Sentinel policy check {check.id}" + (f": failed {counted}" if counted else "")
    return Gate(name=name, status=status, stops=status in _CHECKS_THAT_STOP)


def _task(result: Resource) -> Gate:
    level = one_line(result.text("workspace-task-enforcement-level"), 100)
    said = [fence("run task", result.text("task-name"))]
    said += [fence("message of the run task", result.text("message"))] if result.text("message") else []
    name = f"{level} run task {result.id}"
    return Gate(name=name, status=_status(result), stops=level == "mandatory", said=tuple(said))


def _has_failures(evaluation: Resource) -> bool:
    """By its counts, or by its status: one that could not be carried out counts nothing."""
    counts = mapping(evaluation.get("result-count"))
    return any(number for name, number in counts.items() if name != "passed") or _status(evaluation) not in _NOT_FAILED


def _policies(evaluation: Resource, missing: list[str]) -> Generator[Any, Any, list[Gate]]:
    """One gate for each policy set of an evaluation in which a policy did not pass."""
    is_overridden = _status(evaluation) == _OVERRIDDEN
    outcomes = yield from unless_hidden(list_policy_set_outcomes, missing, policy_evaluation_id=evaluation.id)
    sets = outcomes.resources if outcomes else ()
    gates = [gate for one in sets if (gate := _policy_set(one, is_overridden=is_overridden))]
    name = f"policy evaluation {evaluation.id}"
    return gates or [Gate(name=name, status=_status(evaluation), stops=not is_overridden)]


def _policy_set(outcome: Resource, *, is_overridden: bool) -> Gate | None:
    every = [mapping(one) for one in items(outcome.get("outcomes"))]
    failed = [one for one in every if one.get("status") not in _NOT_FAILED]
    error = outcome.text("error")
    if not failed and not error:
        return None
    said = [fence("policy set", outcome.text("policy-set-name"))]
    said += [line for one in failed[:_MOST_POLICIES] for line in _said(one)]
    said += [f"and {len(failed) - _MOST_POLICIES} more policies"] if len(failed) > _MOST_POLICIES else []
    said += [fence("error of the policy set", error)] if error else []
    return Gate(
        name=f"policy set {outcome.id}",
        status=_OVERRIDDEN if is_overridden else "failed",
        stops=not is_overridden and (bool(error) or any(map(_stops, failed))),
        said=tuple(said),
    )


def _said(policy: Mapping[str, Any]) -> list[str]:
    level = policy.get("enforcement_level") or policy.get("status")
    said = [fence("policy", f"{policy.get('policy_name')} ({level})")]
    description = policy.get("description")
    return [*said, fence("what the policy is for", str(description))] if description else said


def _stops(policy: Mapping[str, Any]) -> bool:
    """A policy that could not be evaluated has no enforcement level."""
    return policy.get("enforcement_level") == "mandatory" or policy.get("status") == "errored"
