"""Using a sandbox in process: repeatable, from any thread and loop, and gone after close."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import Sandbox, describe


def replayed(sandboxes: MakeSandbox, apis: MakeApi, seed: int) -> dict[str, Any]:
    """Drive a sandbox in a fixed order and return all that it shows."""
    clock = datetime(2026, 1, 1, tzinfo=UTC)
    sandbox = sandboxes(seed=seed, clock=lambda: clock)
    api = apis(sandbox)
    runs = [api.run("app-staging"), api.run("network")]
    for run in runs:
        api.act(run, "apply")
    return {
        "tokens": dict(sandbox.tokens),
        "runs": [api.data(f"/runs/{run['id']}") for run in runs],
        "applies": [api.apply(run) for run in runs],
        "states": [
            api.data(f"/workspaces/{api.workspace(name)['id']}/current-state-version")
            for name in ("app-staging", "network")
        ],
    }


def test_the_same_seed_gives_the_same_ids_tokens_and_documents(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    first = replayed(sandboxes, apis, 7)
    assert replayed(sandboxes, apis, 7) == first
    other = replayed(sandboxes, apis, 8)
    assert other["tokens"] != first["tokens"]
    assert other["runs"][0]["id"] != first["runs"][0]["id"]


def test_polling_does_not_move_later_ids(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    quiet, busy = apis(sandboxes(seed=3)), apis(sandboxes(seed=3))
    first = busy.run()
    for _ in range(5):
        busy.get(f"/runs/{first['id']}/plan/json-output")
        busy.plan(first)
    assert quiet.run()["id"] == first["id"]
    assert quiet.run("network")["id"] == busy.run("network")["id"]


def test_tokens_look_like_the_services(sandbox: Sandbox) -> None:
    assert set(sandbox.tokens) == {"user", "team", "organization", "audit-trails"}
    for token in sandbox.tokens.values():
        head, mark, tail = token.split(".")
        assert (len(head), mark, len(tail)) == (14, "atlasv1", 60)


async def test_an_asynchronous_client_is_served_in_its_own_loop(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {sandbox.tokens['user']}"}
    async with httpx.AsyncClient(
        transport=sandbox.async_transport(), base_url=f"{sandbox.address}/api/v2", headers=headers
    ) as client:
        answers = await asyncio.gather(*(client.get("/organizations/acme/workspaces") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}


def test_one_sandbox_serves_loop_after_loop(sandbox: Sandbox) -> None:
    async def ask() -> int:
        headers = {"Authorization": f"Bearer {sandbox.tokens['user']}"}
        async with httpx.AsyncClient(transport=sandbox.async_transport(), headers=headers) as client:
            return (await client.get(f"{sandbox.address}/api/v2/organizations")).status_code

    assert [asyncio.run(ask()) for _ in range(3)] == [200, 200, 200]


async def test_an_upload_from_a_loop_does_not_block_it(sandbox: Sandbox, apis: MakeApi) -> None:
    api = await asyncio.to_thread(apis, sandbox)
    version = await asyncio.to_thread(api.configuration, "scratch")
    from tfc_agent_tools.sandbox.configurations import pack

    async with httpx.AsyncClient(transport=sandbox.async_transport()) as client:
        answer = await client.put(version["attributes"]["upload-url"], content=pack({"main.tf": "locals {}"}))
    assert answer.status_code == 200


def test_many_threads_may_share_a_transport(sandbox: Sandbox, apis: MakeApi) -> None:
    api = apis(sandbox)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.get("/organizations/acme/workspaces").status_code, range(100)))
    assert set(answers) == {200}


def test_only_one_of_many_confirmations_counts(sandbox: Sandbox, apis: MakeApi) -> None:
    api = apis(sandbox)
    run = api.run()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post(f"/runs/{run['id']}/actions/apply", {}).status_code, range(8)))
    assert sorted(answers) == [202] + [409] * 7


def test_a_closed_sandbox_refuses_and_leaves_no_thread(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = apis(sandboxes())
    api.run()
    api.sandbox.close()
    api.sandbox.close()
    with pytest.raises(RuntimeError, match="the sandbox is closed"):
        api.get("/ping")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tfc-sandbox")]


def test_a_sandbox_starts_in_half_a_second() -> None:
    started = time.perf_counter()
    with Sandbox():
        assert time.perf_counter() - started < 0.5


def test_the_front_page_is_marked_and_escapes_what_it_shows(api: Api) -> None:
    api.run(message="<script>alert(1)</script>")
    page = api.plain.get(f"{api.sandbox.address}/")
    assert page.headers["content-type"].startswith("text/html")
    assert "SANDBOX" in page.text
    assert "app-staging" in page.text
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_a_description_is_what_a_client_needs(sandbox: Sandbox) -> None:
    described = describe(sandbox)
    assert described["address"] == sandbox.address
    assert described["organization"] == "acme"
    assert described["tokens"] == dict(sandbox.tokens)


def test_importing_the_package_does_not_import_the_sandbox() -> None:
    code = "import sys, tfc_agent_tools; print('tfc_agent_tools.sandbox' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
