"""What stood between a run's plan and its apply: Sentinel checks, policy evaluations, run tasks, and what they said.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/policy-checks
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/policy-evaluations
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run-tasks/run-task-stages-and-results
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from tfc_agent_tools.endpoints.details import list_policy_checks, list_policy_set_outcomes, list_task_stages
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.untrusted import fence, one_line
from tfc_agent_tools.workflow import unless_hidden

_PASSED: Final = frozenset({"passed", "pending", "running", "queued", "overridden"})
_CHECKS_THAT_STOP: Final = frozenset({"hard_failed", "soft_failed", "errored"})


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
        status = one_line(one.text("status"), 100)
        if one.type == "task-results" and status not in _PASSED:
            found.append(_task(one, status))
        if one.type == "policy-evaluations" and _failures(one):
            found += yield from _policies(one.id, missing)
    return tuple(found)


def _check(check: Resource) -> Gate | None:
    status = one_line(check.text("status"), 100)
    failed = {kind: check.get(f"result.{kind}-failed") for kind in ("hard", "soft", "advisory")}
    counted = ", ".join(f"{number} {kind}" for kind, number in failed.items() if isinstance(number, int) and number)
    if not counted and status not in _CHECKS_THAT_STOP:
        return None
    name = f"Sentinel policy check {check.id}" + (f": failed {counted}" if counted else "")
    return Gate(name=name, status=status, stops=status in _CHECKS_THAT_STOP)


def _task(result: Resource, status: str) -> Gate:
    level = one_line(result.text("workspace-task-enforcement-level"), 100)
    said = [fence("run task", result.text("task-name"))]
    said += [fence("message of the run task", result.text("message"))] if result.text("message") else []
    return Gate(name=f"{level} run task {result.id}", status=status, stops=level == "mandatory", said=tuple(said))


def _failures(evaluation: Resource) -> bool:
    counts = mapping(evaluation.get("result-count"))
    return any(number for name, number in counts.items() if name != "passed")


def _policies(evaluation_id: str, missing: list[str]) -> Generator[Any, Any, list[Gate]]:
    """One gate for each policy set of an evaluation in which a policy did not pass."""
    outcomes = yield from unless_hidden(list_policy_set_outcomes, missing, policy_evaluation_id=evaluation_id)
    if outcomes is None:
        return [Gate(name=f"policy evaluation {evaluation_id}", status="failed", stops=True)]
    return [gate for one in outcomes.resources if (gate := _policy_set(one))]


def _policy_set(outcome: Resource) -> Gate | None:
    failed = [mapping(one) for one in items(outcome.get("outcomes")) if mapping(one).get("status") not in _PASSED]
    error = outcome.text("error")
    if not failed and not error:
        return None
    said = [fence("policy set", outcome.text("policy-set-name"))]
    said += [fence("policy", f"{one.get('policy_name')} ({one.get('enforcement_level')})") for one in failed]
    said += [fence("what the policy is for", str(one["description"])) for one in failed if one.get("description")]
    said += [fence("error of the policy set", error)] if error else []
    stops = bool(error) or any(one.get("enforcement_level") == "mandatory" for one in failed)
    return Gate(name=f"policy set {outcome.id}", status="failed", stops=stops, said=tuple(said))
