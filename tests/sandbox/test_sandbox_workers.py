"""The sandbox's threads: held work waits for `settle`, and closing never waits for it."""

from __future__ import annotations

from tfc_agent_tools.sandbox.workers import Workers


def test_held_work_moves_on_only_inside_settle() -> None:
    workers = Workers()
    workers.hold()
    done: list[str] = []
    first = workers.submit(done.append, "plan")
    assert workers.submit_quick(done.append, "upload").result(timeout=5) is None
    assert done == ["upload"], "quick work is not held, slow work is"
    assert not first.done()
    assert workers.settle(5)
    assert done == ["upload", "plan"]
    workers.submit(done.append, "apply")
    assert workers.settle(5)
    assert done == ["upload", "plan", "apply"]
    workers.close()


def test_closing_lets_held_work_go() -> None:
    workers = Workers()
    workers.hold()
    held = workers.submit(int, "1")
    workers.close()
    assert held.cancelled() or held.result(timeout=0) == 1
