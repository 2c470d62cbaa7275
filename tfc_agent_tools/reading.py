"""Bodies that are no JSON:API documents: a plan's JSON and the logs. They are read explained, cleaned and redacted."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.learnt import Learnt, learn
from tfc_agent_tools.present.logs import RunLog, read_log
from tfc_agent_tools.present.plan import PlanExplanation, explain
from tfc_agent_tools.types import BodyKind

if TYPE_CHECKING:
    from tfc_agent_tools.effects import Reply
    from tfc_agent_tools.host import Host

_LARGEST_TO_LEARN: Final = 64 * 2**20
"""Bytes of a plan from which all secrets are learnt, since that takes all of it in memory."""


def read_body(kind: BodyKind, reply: Reply, host: Host) -> Document:
    """The document whose `body` is what was read; of an answer without a body (204: not there yet) it is None.

    It blocks, for about as long as parsing takes, and closes the reply's file.

    Raises:
        Unreadable: It is not whole, or not what it should be.
    """
    if reply.file is None:
        return Document(status=reply.status)
    with reply.file as file:
        is_empty = not file.read(1)
        file.seek(0)
        return Document(status=reply.status, body=None if is_empty else _read(kind, file, host))


def _read(kind: BodyKind, file: BinaryIO, host: Host) -> PlanExplanation | Learnt | RunLog:
    match kind:
        case BodyKind.PLAN:
            return explain(file, at_risk=host.at_risk)
        case BodyKind.SECRETS:
            return learn(_plan(file), host.hide)
        case BodyKind.LOG:
            # Before its lines are cut to size: of a secret cut in two, neither half would be found.
            text = host.hide.text(file.read().decode(errors="surrogateescape"))
            return read_log(text.encode(errors="surrogateescape"))


def _plan(file: BinaryIO) -> object:
    content = file.read(_LARGEST_TO_LEARN + 1)
    if len(content) > _LARGEST_TO_LEARN:
        raise Unreadable("plan", "it is too large to learn its secrets from")
    plan: object = None
    with suppress(ValueError, RecursionError):  # what the parser says quotes the plan
        plan = json.loads(content)
    if plan is None:
        raise Unreadable("plan", "it is not whole JSON")
    return plan
