"""What an endpoint is: a verb, a path below /api/v2, and the function that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from tfc_agent_tools.sandbox.call import Call
from tfc_agent_tools.sandbox.errands import Errand

Handler = Callable[[Call], Response | Errand]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. Its handler is called with the world's lock held, and must be quick; what is not is an errand."""

    method: str
    path: str
    handler: Handler
