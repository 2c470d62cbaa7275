"""The API documentation's sample answers of the operations that the tools cover, once each.

`samples/answers.ndjson` is made by `python samples.py FOLDER` from the folder of the samples. Hosts are as documented;
the secret part of a webhook is made unusable, so that no scanner takes it for a leaked one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfc_agent_tools.api.jsonapi import Document, parse
from tfc_agent_tools.effects import Reply
from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.request import Request

COPY = Path(__file__).parents[1] / "samples" / "answers.ndjson"
_WEBHOOK = re.compile(r"(hooks\.slack\.com/services/\w+/\w+/)\w{22}")


def answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each tool with each of its sample answers."""
    for line in COPY.read_text().splitlines():
        row = json.loads(line)
        yield from ((tool, row["answer"]) for tool in row["tools"])


def parsed(answer: Any) -> Document:
    return parse(Request(method="GET", path="/x"), Reply(200, {}, json.dumps(answer).encode()))


def made_from(folder: Path) -> str:
    tools: dict[str, list[str]] = {}
    for name in catalog():
        for sample in sorted(folder.glob(f"{name}.response*.json")):
            answer = json.dumps(json.loads(_WEBHOOK.sub(rf"\g<1>{'X' * 22}", sample.read_text())))
            tools.setdefault(answer, []).append(name)
    return "".join(f'{{"tools": {json.dumps(names)}, "answer": {answer}}}\n' for answer, names in tools.items())


if __name__ == "__main__":
    COPY.write_text(made_from(Path(sys.argv[1])))
