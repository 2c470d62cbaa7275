"""Many processes that use one approval at the same moment. Run as a script: a store's URL, and how many rounds.

The workers are forked once and stay; a barrier lets all of them go at once in each round.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from test_sql_store import ROW, approval

from tfc_agent_tools.authority.approvals import Approvals, State
from tfc_agent_tools.authority.audit import Audit
from tfc_agent_tools.errors import ConfirmationRefused
from tfc_agent_tools.sql_store import SqlStore

PROCESSES = 64


def work(url: str, rounds: int, barrier: Any, told: Any) -> None:
    """One process: redeem the approval of each round, and open the same question as all others."""
    store = SqlStore(url)
    approvals = Approvals(store)
    for number in range(rounds):
        barrier.wait()  # the approval of this round is on file
        given = next(one for one in store.approvals() if one.key == f"round-{number}")
        intent = replace(ROW, id=f"send-{number}-{os.getpid()}", call="")
        barrier.wait()
        try:
            approvals.redeem(given, "d", intent)
            redeemed = 1
        except ConfirmationRefused:
            redeemed = 0
        opened = store.open(approval(f"question-{number}"), datetime.now(UTC), (State.PENDING,)).id
        told.put((number, redeemed, opened))
        barrier.wait()
    store.close()


def race(url: str, rounds: int) -> dict[str, Any]:
    """All rounds; how many processes redeemed each approval, and how many records one question became."""
    context = multiprocessing.get_context("fork")
    barrier, told = context.Barrier(PROCESSES + 1), context.Queue()
    workers = [context.Process(target=work, args=(url, rounds, barrier, told)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    store = SqlStore(url)
    answers = list[tuple[int, int, str]]()
    for number in range(rounds):
        store.open(approval(f"round-{number}", state=State.APPROVED), datetime.now(UTC), ())
        for _ in range(3):
            barrier.wait(120)
        answers += [told.get(timeout=60) for _ in range(PROCESSES)]
    for worker in workers:
        worker.join(60)
    rows, audit = store.rows(), Audit(store)
    found = {
        "rounds": rounds,
        "redeemed": [sum(one for n, one, _ in answers if n == number) for number in range(rounds)],
        "questions": [len({opened for n, _, opened in answers if n == number}) for number in range(rounds)],
        "intents": sum(row.kind == "intent" for row in rows),
        "intact": audit.verify(),
    }
    store.close()
    return found


def main(words: list[str], say: Callable[[str], object]) -> None:
    say(json.dumps(race(words[0], int(words[1]))))


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdout.write)
