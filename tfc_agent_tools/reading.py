"""Bodies that are no JSON:API documents: a plan's JSON and the logs. They are read explained, cleaned and redacted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.present.logs import read_log
from tfc_agent_tools.present.plan import explain
from tfc_agent_tools.types import BodyKind

if TYPE_CHECKING:
    from tfc_agent_tools.effects import Reply
    from tfc_agent_tools.present.scrubber import Scrubber


def read_body(kind: BodyKind, reply: Reply, hide: Scrubber) -> Document:
    """The document whose `body` is what was read; of an answer without a body (204: not there yet) it is None.

    It blocks, for about as long as parsing takes, and closes the reply's file.

    Raises:
        Unreadable: It is not whole, or not what it should be.
    """
    if reply.file is None:
        return Document(status=reply.status)
    with reply.file as file:
        if not file.read(1):
            return Document(status=reply.status)
        file.seek(0)
        body = explain(file) if kind is BodyKind.PLAN else read_log(_without(hide, file.read()))
    return Document(status=reply.status, body=body)


def _without(hide: Scrubber, log: bytes) -> bytes:
    """Before its lines are cut to size, since of a secret cut in two neither half would be found."""
    return hide.text(log.decode(errors="surrogateescape")).encode(errors="surrogateescape")
