"""Why a run failed, in one call: errors with their place, failed policies and tasks, who and what queued it.

https://developer.hashicorp.com/terraform/cloud-docs/run/states
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, Final

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.endpoints.details import get_commit, get_run_and_creator
from tfc_agent_tools.endpoints.plans import get_apply, get_plan
from tfc_agent_tools.errors import CallFailed, Unreadable
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.present.artifact import is_word
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.present.log_reading.diagnostics import Diagnostic
from tfc_agent_tools.present.logs import RunLog, read_log
from tfc_agent_tools.present.plans.names import Names
from tfc_agent_tools.present.untrusted import fence, one_line
from tfc_agent_tools.types import FINAL_RUN_STATUSES, RunId, TokenType
from tfc_agent_tools.workflow import About, WorkflowSteps, invoke, unless_hidden, workflow
from tfc_agent_tools.workflows.gates import Gate, gates_of
from tfc_agent_tools.workflows.logs import readable_log

_FAILED: Final = "errored"
_MOST_ERRORS: Final = 20
_MOST_FAILED: Final = 20
_FILE: Final = re.compile(r"[\w./@+:-]+")
_BLOCK: Final = re.compile(r"[a-z_]+(?: \"[\w.-]+\"){0,2}")
_NO_COMMIT: Final = "of no commit that this token sees; it was uploaded, or is hidden"
_NAMES: Final = Names(str)
"""Quotes what is no address, so that a name passes for no other part of its line. Secrets are gone from it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A run's plan or its apply."""

    name: str
    id: str
    status: str
    log: RunLog
    withheld: str | None = None

    @property
    def has_failed(self) -> bool:
        """Whether terraform ended in an error."""
        return self.status == _FAILED

    @property
    def failed_at(self) -> list[str]:
        """The addresses that failed, at most 20, and how many more."""
        more = len(self.log.failed) - _MOST_FAILED
        shown = [_NAMES.address(address) for address in self.log.failed[:_MOST_FAILED]]
        return [*shown, *([f"and {more} more"] if more > 0 else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is known of a run's end."""

    run: str
    workspace: str
    status: str
    is_final: bool
    phases: tuple[Phase, ...]
    gates: tuple[Gate, ...]
    origin: tuple[str, ...]
    quoted: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def failed_at(self) -> str:
        """The phases and gates that stopped it, in words; empty where none did."""
        stopped = [phase.name for phase in self.phases if phase.has_failed]
        return ", ".join([*stopped, *(gate.name for gate in self.gates if gate.stops)])

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Errors first, at most 20."""
        found = [one for phase in self.phases if phase.has_failed for one in phase.log.diagnostics]
        return sorted(found, key=lambda one: one.severity != "error")[:_MOST_ERRORS]

    @property
    def errors(self) -> list[tuple[str, list[str]]]:
        """Where each of the diagnostics is, and what it says, quoted."""
        return [
            (_place(one), [fence("terraform", text, 1000) for text in (one.summary, one.detail) if text])
            for one in self.diagnostics
        ]

    @property
    def diagnostics_left_out(self) -> int:
        """How many more there are."""
        return sum(len(phase.log.diagnostics) for phase in self.phases if phase.has_failed) - len(self.diagnostics)

    def presented(self, render: Callable[..., str]) -> Presented:
        """The findings as text, and as data for code."""
        errors = [
            {"severity": d.severity, "summary": d.summary, "address": d.address, "file": d.file, "line": d.line}
            for d in self.diagnostics
        ]
        artifact = {
            "run": self.run,
            "status": self.status,
            "failed_at": self.failed_at,
            "diagnostics": errors,
            "gates": [{"name": gate.name, "status": gate.status, "stops": gate.stops} for gate in self.gates],
            "not_read": list(self.missing),
        }
        return Presented(render("workflows/diagnosis.md.j2", found=self), artifact)


@workflow(action="runs.read", tokens=(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION))
def diagnose_run(run_id: RunId) -> WorkflowSteps:
    """Say why a run failed: errors with file and line, failed policies and tasks, who queued it and from what."""
    missing: list[str] = []
    document = yield from invoke(get_run_and_creator, run_id=run_id)
    run = document.resource
    yield About(run)
    phases = yield from _phases(run_id, run, missing)
    gates = yield from gates_of(run_id, missing)
    commit = yield from _commit(run)
    status = one_line(run.text("status"), 100)
    return Diagnosis(
        run=run_id,
        workspace=_word(run.related_id("workspace")),
        status=status,
        is_final=status in FINAL_RUN_STATUSES,
        phases=phases,
        gates=gates,
        origin=_origin(document, commit),
        quoted=_quoted(run, commit),
        missing=tuple(missing),
    )


def _place(diagnostic: Diagnostic) -> str:
    line = f" line {diagnostic.line}" if diagnostic.line else ""
    parts = [
        f"at {_quoted_unless(_FILE, diagnostic.file)}{line}" if diagnostic.file else "",
        f"in {_quoted_unless(_BLOCK, diagnostic.context)}" if diagnostic.context else "",
        f"with {_NAMES.address(diagnostic.address)}" if diagnostic.address else "",
    ]
    return " ".join([diagnostic.severity, ", ".join(part for part in parts if part)]).strip()


def _quoted_unless(plain: re.Pattern[str], name: str) -> str:
    return name if plain.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _word(value: object) -> str:
    """What the API means as one word. Anything longer is none, and `unknown`."""
    text = "none" if value is None else str(value)
    return text if is_word(text) else "unknown"


def _phases(run_id: str, run: Resource, missing: list[str]) -> Generator[Any, Any, tuple[Phase, ...]]:
    plan_id, apply_id = run.related_id("plan"), run.related_id("apply")
    found: list[Phase] = []
    for name, endpoint, phase_id in (("plan", get_plan, plan_id), ("apply", get_apply, apply_id)):
        if not isinstance(phase_id, str):
            continue
        document = yield from unless_hidden(endpoint, missing, **{f"{name}_id": phase_id})
        if document:
            phase = replace(document.resource, id=phase_id)
            found.append((yield from _phase(name, phase, (plan_id, run_id), missing)))
    return tuple(found)


def _phase(name: str, phase: Resource, of: tuple[Any, str], missing: list[str]) -> Generator[Any, Any, Phase]:
    """The phase `of` a plan and a run, with its log where it failed."""
    plan_id, run_id = of
    status = one_line(phase.text("status"), 100)
    log, withheld = read_log(b""), None
    if status == _FAILED:
        try:
            log, withheld = yield from readable_log(phase, plan_id if isinstance(plan_id, str) else None, run_id)
        except (CallFailed, Unreadable) as error:
            missing.append(
                f"the log of {phase.id}: {error.why if isinstance(error, Unreadable) else 'it could not be read'}"
            )
    return Phase(name=name, id=phase.id, status=status, log=log, withheld=withheld)


def _commit(run: Resource) -> Generator[Any, Any, Resource | None]:
    """The commit behind the run; none for code that was uploaded, or where the token may not see it."""
    version = run.related_id("configuration-version")
    if not isinstance(version, str):
        return None
    document = yield from unless_hidden(get_commit, [], configuration_version_id=version)
    return document.resource if document else None


def _origin(document: Document, commit: Resource | None) -> tuple[str, ...]:
    """Who queued the run, by what, and from which code."""
    run = document.resource
    creator = run.related_id("created-by")
    name = next((one.text("username") for one in document.included if one.id == creator), "")
    who = f"{name} ({_word(creator)})" if is_word(name) else _word(creator)
    facts = {
        "queued by": who,
        "source": _word(run.text("source")),
        "reason": _word(run.text("trigger-reason")),
        "at": _word(run.text("created-at")),
        "code": f"commit {_word(commit.text('commit-sha')[:12])}" if commit else _NO_COMMIT,
    }
    return tuple(f"{label}: {value}" for label, value in facts.items())


def _quoted(run: Resource, commit: Resource | None) -> tuple[str, ...]:
    texts = {
        "message of the run": run.text("message"),
        "message of the commit": commit.text("commit-message") if commit else "",
        "author of the commit": commit.text("sender-username") if commit else "",
        "branch of the commit": commit.text("branch") if commit else "",
    }
    return tuple(fence(source, text) for source, text in texts.items() if text)
