"""A sandbox to each test, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.terraform import find_binary


@pytest.fixture
def sandboxes() -> Iterator[MakeSandbox]:
    """Make sandboxes that are closed after the test; they replay unless told otherwise."""
    made: list[Sandbox] = []

    def make(**options: Any) -> Sandbox:
        options.setdefault("engine", "recorded")
        if options["engine"] == "terraform" and find_binary() is None:
            pytest.skip("neither terraform nor tofu is on PATH")
        made.append(Sandbox(**options))
        return made[-1]

    yield make
    for sandbox in made:
        sandbox.close()


@pytest.fixture
def apis() -> Iterator[MakeApi]:
    """Make clients that are closed after the test."""
    made: list[Api] = []

    def make(sandbox: Sandbox, kind: str = "user", *, token: str | None = None) -> Api:
        made.append(Api(sandbox, token or sandbox.tokens[kind]))
        return made[-1]

    yield make
    for api in made:
        api.close()


@pytest.fixture
def sandbox(sandboxes: MakeSandbox) -> Sandbox:
    return sandboxes()


@pytest.fixture
def api(sandbox: Sandbox, apis: MakeApi) -> Api:
    return apis(sandbox)


@pytest.fixture
def real(sandboxes: MakeSandbox, apis: MakeApi) -> Api:
    """A client of a sandbox with a real binary; skips the test where there is none."""
    return apis(sandboxes(engine="terraform"))
