"""The two drivers: the same generator of effects, run blocking or on an event loop. There is no other logic here."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tfc_agent_tools.authority.confirm import Confirmation, Confirmer, Decision, decision_from
from tfc_agent_tools.effects import Ask, Do, Effect, Progress, Send, SendAll, Sleep, Steps, Together, Transmit
from tfc_agent_tools.errors import ApiError

if TYPE_CHECKING:
    from tfc_agent_tools.api.http import Wire

T = TypeVar("T")
Watcher = Callable[[Progress], Awaitable[None] | None]
_NEVER_ANSWERED = Decision(approved=False, answered=False)


class SyncDriver:
    """Performs effects one after the other in the caller's thread, several reads in a few threads."""

    def __init__(self, wire: Wire, watcher: Watcher | None = None) -> None:
        self._wire, self._watcher = wire, watcher

    def run(self, steps: Steps[T]) -> T:
        """Run to the end. What an effect raises is thrown into the generator."""
        try:
            effect = next(steps)
            while True:
                answer, failure = None, None
                try:
                    answer = self._perform(effect)
                except BaseException as error:  # noqa: BLE001 - all of it goes into the generator, which decides
                    failure = error
                # Not in the `except`: whatever the generator raises instead would hang on to this as its context.
                effect = steps.throw(failure) if failure else steps.send(answer)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # a generator's return value

    def _perform(self, effect: Effect) -> Any:  # noqa: PLR0911 - one line for each effect
        match effect:
            case Transmit():
                return self._wire.transmit(effect)
            case Send(request, has_slot, recheck, background):
                steps = self._wire.exchange(request, has_slot=has_slot, recheck=recheck, background=background)
                return self.run(steps)
            case SendAll(requests, background):
                reads = [self._wire.exchange(request, background=background) for request in requests]
                return self._at_once(self._try, reads)
            case Together(calls):
                return self._at_once(self.run, calls)
            case Do(work):
                return work()
            case Ask(confirmation, confirmer, in_place):
                return decision_from(confirmer(confirmation)) if in_place else _ask_in_thread(confirmation, confirmer)
            case Sleep(seconds):
                return self._wire.clock.sleep(seconds) if seconds else None
            case Progress():
                return self._watcher(effect) if self._watcher else None

    def _at_once(self, run: Callable[[Steps[Any]], Any], steps: Sequence[Steps[Any]]) -> list[Any]:
        if len(steps) == 1:
            return [run(steps[0])]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=min(len(steps), 8)) as pool:
            return list(pool.map(run, steps))

    def _try(self, exchange: Steps[Any]) -> Any:
        try:
            return self.run(exchange)
        except ApiError as error:
            return error


class AsyncDriver:
    """Performs effects on the running loop; what blocks goes to a thread."""

    def __init__(self, wire: Wire, watcher: Watcher | None = None) -> None:
        self._wire, self._watcher = wire, watcher

    async def run(self, steps: Steps[T]) -> T:
        """Run to the end. What an effect raises, a cancellation included, is thrown into the generator."""
        try:
            effect = next(steps)
            while True:
                answer, failure = None, None
                try:
                    answer = await self._perform(effect)
                except BaseException as error:  # noqa: BLE001 - all of it goes into the generator, which decides
                    failure = error
                effect = steps.throw(failure) if failure else steps.send(answer)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # a generator's return value

    async def _perform(self, effect: Effect) -> Any:  # noqa: PLR0911 - one line for each effect
        match effect:
            case Transmit():
                return await self._wire.atransmit(effect)
            case Send(request, has_slot, recheck, background):
                steps = self._wire.exchange(request, has_slot=has_slot, recheck=recheck, background=background)
                return await self.run(steps)
            case SendAll(requests, background):
                reads = [self._wire.exchange(request, background=background) for request in requests]
                return await asyncio.gather(*map(self._try, reads))
            case Together(calls):
                return await asyncio.gather(*(self.run(call) for call in calls))
            case Do(work, blocks):
                return await asyncio.to_thread(work) if blocks else work()
            case Ask(confirmation, confirmer, in_place):
                return decision_from(confirmer(confirmation)) if in_place else await _ask(confirmation, confirmer)
            case Sleep(seconds):
                return await self._wire.clock.asleep(seconds) if seconds else None
            case Progress():
                told = self._watcher(effect) if self._watcher else None
                return await told if inspect.isawaitable(told) else told

    async def _try(self, exchange: Steps[Any]) -> Any:
        try:
            return await self.run(exchange)
        except ApiError as error:
            return error


def _seconds_left(confirmation: Confirmation) -> float:
    return (confirmation.expires_at - datetime.now(UTC)).total_seconds()


def _answer(confirmation: Confirmation, confirmer: Confirmer) -> Decision:
    """Ask and wait, an async confirmer in a loop of its own. Whatever it raises is a no."""
    try:
        answer = confirmer(confirmation)
        if inspect.isawaitable(answer):
            answer = asyncio.run(_awaited(answer))
        return decision_from(answer)
    except Exception as error:  # noqa: BLE001 - a confirmer that fails has not said yes; its text may hold anything
        return _failed(error)


async def _awaited(answer: Awaitable[T]) -> T:
    return await answer


def _ask_in_thread(confirmation: Confirmation, confirmer: Confirmer) -> Decision:
    """Ask until the confirmation expires. The thread can't be ended, so it is a daemon and its late answer is lost."""
    answers: list[Decision] = []
    context = copy_context()
    thread = Thread(
        target=lambda: answers.append(context.run(_answer, confirmation, confirmer)),
        name="tfc-confirm",
        daemon=True,
    )
    thread.start()
    thread.join(max(_seconds_left(confirmation), 0))
    return answers[0] if answers else _NEVER_ANSWERED


async def _ask(confirmation: Confirmation, confirmer: Confirmer) -> Decision:
    """Ask until the confirmation expires: a coroutine function on this loop, anything else in a thread."""
    is_async = inspect.iscoroutinefunction(confirmer) or inspect.iscoroutinefunction(type(confirmer).__call__)
    asking = _ask_here(confirmation, confirmer) if is_async else _ask_in_daemon_thread(confirmation, confirmer)
    try:
        return await asyncio.wait_for(asking, _seconds_left(confirmation))
    except TimeoutError:
        return _NEVER_ANSWERED


async def _ask_here(confirmation: Confirmation, confirmer: Confirmer) -> Decision:
    try:
        return decision_from(await _awaited(cast("Awaitable[object]", confirmer(confirmation))))
    except Exception as error:  # noqa: BLE001 - a confirmer that fails has not said yes; its text may hold anything
        return _failed(error)


async def _ask_in_daemon_thread(confirmation: Confirmation, confirmer: Confirmer) -> Decision:
    """Like `asyncio.to_thread`, but a confirmer that never answers does not keep the process alive."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Decision] = loop.create_future()

    def deliver(decision: Decision) -> None:
        if not answer.done():
            answer.set_result(decision)

    def finish() -> None:
        decision = _answer(confirmation, confirmer)
        with suppress(RuntimeError):  # the loop is closed: the answer came too late for anyone
            loop.call_soon_threadsafe(deliver, decision)

    Thread(target=copy_context().run, args=(finish,), name="tfc-confirm", daemon=True).start()
    return await answer


def _failed(error: Exception) -> Decision:
    return Decision(approved=False, reason=f"the confirmer failed with {type(error).__name__}")
