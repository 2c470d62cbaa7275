"""A process that reads as fast as its rate budget lets it: `reader.py ADDRESS TOKEN STORE BEGIN SECONDS`.

Prints the time and the status of every exchange, retries included, as JSON.
"""

from __future__ import annotations

import json
import sys
import time

import httpx

from tfc_agent_tools.api.http import Wire
from tfc_agent_tools.api.shared_budget import budget_for
from tfc_agent_tools.api.tokens import Token
from tfc_agent_tools.api.transports import Transports
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.request import Request


class Noting(httpx.BaseTransport):
    """Sends, and keeps when and what came back."""

    def __init__(self) -> None:
        self.seen = list[tuple[float, int]]()
        self._real = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._real.handle_request(request)
        self.seen.append((time.time(), response.status_code))
        return response

    def close(self) -> None:
        self._real.close()


def read(address: str, token: str, store: str, begin: float, seconds: float) -> list[tuple[float, int]]:
    noting, secret = Noting(), Token(token)
    budget = budget_for(store, address, secret.fingerprint())
    wire = Wire(address=address, token=secret, transports=Transports(noting), budget=budget)
    budget.reserve()
    account = Request(method="GET", path="/account/details")
    time.sleep(max(0.0, begin - time.time()))
    while time.time() < begin + seconds:
        SyncDriver(wire).run(wire.exchange(account))
    wire.close()
    return noting.seen


if __name__ == "__main__":
    where, token, store, begin, seconds = sys.argv[1:]
    sys.stdout.write(json.dumps(read(where, token, store, float(begin), float(seconds))))
