"""Local files as the bytes of an upload: a configuration directory packed, a state file checked.

Both must lie under a folder that the host opened, and both are read once: a person is shown what was read, and exactly
that is sent.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.packing import pack
from tfc_agent_tools.packing.roots import opened
from tfc_agent_tools.request import Payload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_FILES_SHOWN: Final = 40
_LARGEST_STATE: Final = 64 * 2**20


def load(argument: str, kind: str, path: str, roots: Sequence[Path]) -> Payload:
    """Read what an argument names. It blocks.

    Raises:
        ArgumentError: It lies under no root, can't be read, or is not what it should be.
    """
    return _configuration(path, roots) if kind == "configuration" else _state(argument, path, roots)


def _configuration(path: str, roots: Sequence[Path]) -> Payload:
    archive = pack(path, roots)
    files = [f"{file.path} ({file.size:,} bytes)" for file in archive.files]
    more = len(files) - _FILES_SHOWN
    shown = ", ".join([*files[:_FILES_SHOWN], *([f"and {more} more"] if more > 0 else [])])
    return Payload(
        content=archive.content, sha256=archive.sha256, shown={"files": shown, "sha256 of the archive": archive.sha256}
    )


def _state(argument: str, path: str, roots: Sequence[Path]) -> Payload:
    content = _content(argument, path, roots)
    state = _parsed(argument, content)
    instances: Counter[str] = Counter()
    for resource in items(state.get("resources")):
        instances[_address(resource)] += len(items(mapping(resource).get("instances")))
    providers = sorted({str(mapping(resource).get("provider")) for resource in items(state.get("resources"))})
    shown = {"serial": state["serial"], "lineage": state["lineage"], "resources": len(instances)}
    sha256 = hashlib.sha256(content).hexdigest()
    about = {
        "serial": state["serial"],
        "lineage": state["lineage"],
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),  # what the API asks for, as a checksum
        "resources": instances,
        "providers": providers,
    }
    return Payload(content=content, sha256=sha256, shown={**shown, "sha256 of the file": sha256}, about=about)


def _content(argument: str, path: str, roots: Sequence[Path]) -> bytes:
    """The file's bytes, reached without following a link."""
    folder, _, name = path.rpartition("/")
    try:
        with opened(folder or ".", roots) as (_, descriptor):
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
            with os.fdopen(file, "rb") as stream:
                is_plain = stat.S_ISREG(os.fstat(file).st_mode)
                content = stream.read(_LARGEST_STATE + 1) if is_plain else b""
    except ArgumentError as error:
        raise ArgumentError(argument, error.problem, error.fix) from None
    except OSError as error:
        raise ArgumentError(argument, f"can't be read: {error.strerror}.", "Give the path of a state file.") from None
    if not content or len(content) > _LARGEST_STATE:
        raise ArgumentError(argument, "is empty, not a plain file, or larger than 64 MiB.", "Give a state file.")
    return content


def _parsed(argument: str, content: bytes) -> Mapping[str, Any]:
    try:
        state = mapping(json.loads(content))
    except ValueError:
        state = mapping(None)
    known = state.get("version") == 4  # the only one since Terraform 0.12
    if not known or type(state.get("serial")) is not int or not isinstance(state.get("lineage"), str):
        raise ArgumentError(argument, "is no Terraform state of version 4.", "Give what `terraform state pull` prints.")
    return state


def _address(resource: Any) -> str:
    """`module.a.type.name`, as the API's list of a state's resources names it, so that the two can be compared."""
    found = mapping(resource)
    data = "data." if found.get("mode") == "data" else ""
    module = f"{found['module']}." if isinstance(found.get("module"), str) else ""
    return f"{module}{data}{found.get('type')}.{found.get('name')}"
