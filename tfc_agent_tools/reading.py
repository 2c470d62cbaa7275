"""Bodies that are no JSON:API documents: a plan's JSON and the logs. They are read explained, cleaned and redacted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.learnt import Learnt, learn
from tfc_agent_tools.present.logs import RunLog, read_log
from tfc_agent_tools.present.plan import PlanExplanation, Tier, explain, explained_by_log
from tfc_agent_tools.types import BodyKind

if TYPE_CHECKING:
    from tfc_agent_tools.effects import Reply
    from tfc_agent_tools.host import Host
    from tfc_agent_tools.present.log_reading.facts import LogRow
    from tfc_agent_tools.present.plans.at_risk import AtRisk

_LARGEST_IN_MEMORY: Final = 64 * 2**20
"""Bytes of a log, or of a plan from which all secrets are learnt. To be explained a plan is read as a stream."""


def read_body(kind: BodyKind, reply: Reply, host: Host) -> Document:
    """The document whose `body` is what was read; of a 204 (not there yet) it is None.

    It blocks, for about as long as parsing takes, and closes the reply's file.

    Raises:
        Unreadable: It is not whole, or not what it should be.
    """
    if reply.file is None:
        return Document(status=reply.status)
    with reply.file as file:
        return Document(status=reply.status, body=None if reply.status == 204 else _read(kind, file, host))


def _read(kind: BodyKind, file: BinaryIO, host: Host) -> PlanExplanation | Learnt | RunLog:
    match kind:
        case BodyKind.PLAN:
            return explain(file, tier=Tier.FULL, at_risk=host.at_risk)
        case BodyKind.REDACTED_PLAN:
            return explain(file, tier=Tier.REDACTED, at_risk=host.at_risk)
        case BodyKind.PLAN_LOG:
            return _changes(_log(file, host), host.at_risk)
        case BodyKind.SECRETS:
            return learn(_plan(file), host.hide)
        case BodyKind.LOG:
            return _log(file, host)


def _whole(what: str, file: BinaryIO) -> bytes:
    content = file.read(_LARGEST_IN_MEMORY + 1)
    if len(content) > _LARGEST_IN_MEMORY:
        raise Unreadable(what, f"it is larger than {_LARGEST_IN_MEMORY >> 20} MiB")
    return content


def _log(file: BinaryIO, host: Host) -> RunLog:
    # Known secrets go before its lines are cut to size: of one that is cut in two, neither half would be found.
    text = host.hide.text(_whole("log", file).decode(errors="surrogateescape"))
    return read_log(text.encode(errors="surrogateescape"))


def _plan(file: BinaryIO) -> object:
    content = _whole("plan", file)
    plan: object = None
    with suppress(ValueError, RecursionError):  # what the parser says quotes the plan
        plan = json.loads(content)
    if plan is None:
        raise Unreadable("plan", "it is not whole JSON")
    return plan


def _changes(log: RunLog, at_risk: AtRisk | None) -> PlanExplanation:
    """The plan that a log tells, if the log is whole and its rows agree with its own counts; any other tells less."""
    if not log.is_complete or not log.rows_are_complete or log.counts is None:
        raise Unreadable("plan", "its log is not whole, or the changes in it and its own counts differ")
    return explained_by_log(
        [(row.address, _action(row), row.reason, row.previous_address) for row in log.planned],
        terraform_version=log.terraform_version,
        is_errored=log.is_errored,
        drifted=[(row.address, row.action) for row in log.drifted],
        outputs={name: action for name, action in log.outputs.items() if action},
        imports=log.counts.import_,
        at_risk=at_risk,
    )


def _action(row: LogRow) -> str:
    return "import" if row.is_import and row.action == "no-op" else row.action
