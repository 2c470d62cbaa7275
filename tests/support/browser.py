"""A headless Chromium, driven over two pipes: no driver, no socket, no package.

https://chromedevtools.github.io/devtools-protocol/ names the methods.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

_NAMES = ("chromium", "google-chrome", "chromium-browser")
_FLAGS = ("--headless=new", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run", "--disable-extensions",
          "--disable-component-update", "--disable-background-networking")  # fmt: skip


def program() -> str | None:
    """Where Chromium is, if it is installed."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def browser() -> Generator[Browser]:
    """A browser with one empty page; its processes end with it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process, to, answers = _start(profile)
        try:
            with to, answers:
                yield Browser(to, answers)
        finally:
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)


@dataclass
class Browser:
    """One page, and all that was noticed of it since it was opened."""

    to: BinaryIO
    answers: BinaryIO
    session: str | None = None
    number: int = 0
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    loaded: bool = False

    def __post_init__(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, path: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Open a file and wait until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.requests, self.problems, self.loaded = [], [], False
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not self.loaded:
            self._notice(self._next())

    def run(self, script: str) -> Any:
        """What an expression is worth in the page."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def press(self, key: str, text: str = "") -> None:
        """Press a key."""
        codes = {"Enter": 13, "Tab": 9, " ": 32}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=text, windowsVirtualKeyCode=codes[key])

    def screenshot(self) -> bytes:
        """What is seen of the page, as a PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer."""
        self.number += 1
        session = {"sessionId": self.session} if self.session else {}
        message = {"id": self.number, "method": method, "params": parameters, **session}
        self.to.write(json.dumps(message).encode() + b"\0")
        self.to.flush()
        while (answer := self._next()).get("id") != self.number:
            self._notice(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            assert byte, "the browser is gone"
            message += byte
        return json.loads(message)

    def _notice(self, event: dict[str, Any]) -> None:
        match event.get("method"):
            case "Page.loadEventFired":
                self.loaded = True
            case "Network.requestWillBeSent":
                self.requests.append(event["params"]["request"]["url"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded" as what:
                self.problems.append(f"{what}: {json.dumps(event['params'])[:500]}")


def _start(profile: str) -> tuple[int, BinaryIO, BinaryIO]:
    found = program()
    assert found, "look at program() first"
    theirs, ours = os.pipe()
    heard, spoken = os.pipe()
    # Chromium reads commands from 3 and answers on 4; from 10 on neither is in the other's way.
    commands, answers = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs, spoken))
    silent = os.open(os.devnull, os.O_RDWR)
    moves = [(os.POSIX_SPAWN_DUP2, commands, 3), (os.POSIX_SPAWN_DUP2, answers, 4)]
    moves += [(os.POSIX_SPAWN_DUP2, silent, output) for output in (1, 2)]
    # Its sandbox does not work for root, as whom containers run.
    flags = [*_FLAGS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    process = os.posix_spawn(found, [found, *flags], os.environ, file_actions=moves)
    for end in (theirs, spoken, commands, answers, silent):
        os.close(end)
    return process, os.fdopen(ours, "wb"), os.fdopen(heard, "rb")
