"""`sandbox serve` as a process that other processes use."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli_process import command, environment, run


def serve(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("sandbox", "serve", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_line_is_json_that_a_client_can_use_and_a_signal_ends_it_promptly(number: signal.Signals) -> None:
    process = serve("--json")
    assert process.stdout
    description = json.loads(process.stdout.readline())
    assert set(description["tokens"]) == {"user", "team", "organization", "audit-trails"}
    answer = httpx.get(
        f"{description['address']}/api/v2/organizations/{description['organization']}/workspaces/app-staging",
        headers={"Authorization": f"Bearer {description['tokens']['user']}"},
    )
    assert answer.json()["data"]["attributes"]["name"] == "app-staging"
    start = time.monotonic()
    assert end(process, number) == (0, "", "")
    assert time.monotonic() - start < 3


def test_for_people_it_names_the_sandbox_and_keeps_each_token_on_one_line() -> None:
    process = serve()
    assert process.stdout
    lines: list[str] = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
    shown = "".join(lines)
    token = shown.partition("export TFE_TOKEN=")[2].split("\n")[0]
    address = shown.partition("export TFE_ADDRESS=")[2].split("\n")[0]
    assert shown.startswith("\nSANDBOX  ")
    assert httpx.get(f"{address}/api/v2/account/details", headers={"Authorization": f"Bearer {token}"}).is_success
    assert end(process, signal.SIGTERM)[0] == 0


def test_trusting_configurations_is_said_aloud_but_not_on_the_line_that_is_json() -> None:
    process = serve("--json", "--trust-configurations", "--rate-limits")
    assert process.stdout
    assert json.loads(process.stdout.readline())["organization"] == "acme"
    code, out, err = end(process, signal.SIGTERM)
    assert (code, out) == (0, "")
    assert err == "SANDBOX: whatever is uploaded runs on this machine, as you and with network access.\n"


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("sandbox", "serve", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (2, "")
    assert "can't be used: Address already in use" in done.stderr
    assert done.stderr.count("\n") == 1


def described(*arguments: str) -> dict[str, Any]:
    process = serve("--json", *arguments)
    assert process.stdout
    line = process.stdout.readline()
    code, _, err = end(process, signal.SIGTERM)
    assert (code, err) == (0, "")
    return json.loads(line)


def test_a_seed_gives_the_same_tokens_each_time_and_says_that_they_can_be_guessed() -> None:
    first, second, other = described("--seed", "evals"), described("--seed", "evals"), described()
    assert first["tokens"] == second["tokens"] != other["tokens"]
    assert (first["tokens_are_guessable"], other["tokens_are_guessable"]) == (True, False)


def test_people_are_told_that_the_tokens_of_a_seed_can_be_guessed() -> None:
    process = serve("--seed", "evals")
    assert process.stdout
    lines: list[str] = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
    assert end(process, signal.SIGTERM)[0] == 0
    assert "made from the seed" in "".join(lines)


def test_a_clock_and_a_world_are_what_the_sandbox_starts_with(tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text(WORLD)
    process = serve("--json", "--clock", "2026-01-01T12:00:00+01:00", "--world", str(world))
    assert process.stdout
    description = json.loads(process.stdout.readline())
    answer = httpx.get(
        f"{description['address']}/api/v2/organizations/corp/workspaces/shop",
        headers={"Authorization": f"Bearer {description['tokens']['ada']}"},
    )
    assert end(process, signal.SIGTERM)[0] == 0
    assert description["organization"] == "corp"
    assert answer.json()["data"]["attributes"]["created-at"] == "2026-01-01T11:00:00.000Z"


WORLD = """
organizations: {corp: {workspaces: {shop: }}}
tokens: {ada: {type: user, teams: [owners]}}
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--clock", "2026-01-01T12:00:00"), "is a time without a zone; write it as 2026-01-01T12:00:00Z"),
        (("--clock", "noon"), "is no time; write it as"),
        (("--clock", "0001-01-01T00:00:00+14:00"), "is no time; write it as"),
        (("--clock", "2026-01-01T12:00:00Z", "--rate-limits"), "--rate-limits need time that passes"),
        (("--world", "nowhere.yaml"), "world nowhere.yaml: "),
        (("--world", __file__), "not YAML"),
    ],
)
def test_an_option_that_can_not_be_used_is_one_line(arguments: tuple[str, ...], words: str) -> None:
    done = run("sandbox", "serve", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
