"""What the API's documentation says of each operation: names and facts, no text.

`documented_operations.yaml` is made from the operation list and the sample answers by `python documented.py FOLDER`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

COPY = Path(__file__).with_name("documented_operations.yaml")


class Operation(NamedTuple):
    method: str
    path: str
    tokens: tuple[str, ...]
    success: tuple[int, ...]
    errors: tuple[int, ...]
    pagination: str
    query: tuple[str, ...]
    includes: tuple[str, ...]
    attributes: tuple[str, ...]
    relationships: tuple[str, ...]


def documented() -> dict[str, Operation]:
    rows = yaml.safe_load(COPY.read_text())
    return {name: Operation(**{key: _tuple(value) for key, value in row.items()}) for name, row in rows.items()}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def facts_of(folder: Path) -> dict[str, dict[str, Any]]:
    operations = yaml.safe_load((folder / "seed_operations.yaml").read_text())
    return {row["id"]: _facts(row, folder / "samples") for row in operations}


def _facts(row: dict[str, Any], samples: Path) -> dict[str, Any]:
    attributes, relationships = _names(row, samples)
    return {
        "method": row["method"],
        "path": row["path"],
        "tokens": [kind.replace("_trail", "-trails") for kind, may in row["tokens"].items() if may],
        "success": row["success"],
        "errors": sorted(int(status) for status in row.get("errors", {})),
        "pagination": row["pagination"].split(" ")[0],
        "query": [query["name"] for query in row.get("query_params") or [] if query.get("source") != "openapi"],
        "includes": row.get("include") or [],
        "attributes": attributes,
        "relationships": relationships,
    }


def _names(row: dict[str, Any], samples: Path) -> tuple[list[str], list[str]]:
    """The names in all samples of the first one's type."""
    found: list[dict[str, Any]] = []
    for name in row.get("sample_responses") or []:
        data = json.loads((samples / name).read_text()).get("data")
        one = data[0] if isinstance(data, list) and data else data
        if one and one["type"] == (found[0] if found else one)["type"]:
            found.append(one)
    attributes = {name for one in found for name in one.get("attributes", {})}
    relationships = {name for one in found for name in _relationships(one)}
    return sorted(attributes), sorted(relationships)


def _relationships(one: dict[str, Any]) -> dict[str, Any]:
    relationships: dict[str, Any] = one.get("relationships", {})
    # Some samples have them one level too deep.
    return relationships.get("relationships", relationships)


def written(facts: dict[str, dict[str, Any]]) -> str:
    return yaml.safe_dump(facts, sort_keys=False, default_flow_style=None, width=118)


if __name__ == "__main__":
    COPY.write_text(written(facts_of(Path(sys.argv[1]))))
