"""Which module may import which, read from the source; and what importing the package must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tfc_agent_tools"
MODULES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not {"prompts", "evals"} & set(path.relative_to(PACKAGE).parts)
}
BOTTOM = {"types", "errors", "narrow", "clock"}
LAYERS: dict[str, set[str]] = {
    "types": set(),
    "yaml_words": set(),
    "narrow": set(),
    "clock": set(),
    "errors": {"types"},
    "facts": {"types", "narrow"},
    "arguments": {"errors", "narrow", "types"},
    "request": {"facts", "narrow"},
    "endpoint": {"arguments", "errors", "facts", "narrow", "request", "types"},
    "effects": {"authority", "request"},
    "guards": {"endpoint", "facts", "request", "types"},
    "routes": {"endpoint", "facts", "request"},
    "endpoints": {*BOTTOM, "endpoint", "facts", "guards", "request"},
    "packing": {"errors"},
    "store": {"authority", "errors"},
    "sql_schema": {"errors", "narrow"},
    "sql_engine": {"errors", "sql_schema"},
    "sql_store": {"authority", "errors", "sql_engine", "sql_schema"},
    "recording": {"attempt", "authority", "endpoint", "host"},
    "same_write": {"authority", "narrow", "request"},
    "limits": {"authority", "effects", "endpoint", "errors", "host"},
    "templates": {"errors"},
    "authority": {"errors", "facts", "narrow", "present", "store", "types", "yaml_words"},
    "api": {*BOTTOM, "effects", "facts", "request"},
    "present": {"api", "errors", "facts", "narrow", "templates"},
    "host": {"api", "authority", "facts", "present", "secret_values", "templates", "types"},
    "asking": {"arguments", "attempt", "authority", "endpoint", "facts", "host"},
    "loading": {"errors", "narrow", "packing", "request"},
    "secret_values": {"errors", "narrow", "request"},
    "reading": {"api", "effects", "errors", "host", "present", "types"},
    "plan_reading": {"api", "effects", "errors", "facts", "host", "present", "reading", "request", "types"},
    "wording": {*BOTTOM, "attempt", "authority", "endpoint", "facts", "host", "present", "request", "templates"},
    "policy_names": {"authority", "endpoint", "endpoints", "errors", "workflow", "workflows"},
    "policy_questions": {"authority", "endpoint", "host", "workflow"},
    "surroundings": {"api", "effects", "errors", "facts", "request"},
    "visible": {"api", "policy_questions", "authority", "effects", "endpoint", "facts", "host", "surroundings"},
    "downstream": {"authority", "effects", "facts", "surroundings", "types"},
    "attempt": {
        *BOTTOM, "api", "authority", "downstream", "effects", "endpoint", "facts", "host", "loading", "plan_reading",
        "policy_questions", "request", "routes", "surroundings", "wording",
    },
    "drive": {"api", "authority", "effects", "errors"},
    "sending": {"api", "effects", "endpoint", "errors", "host", "request"},
    "call": {
        *BOTTOM, "api", "arguments", "asking", "attempt", "authority", "effects", "endpoint", "host",
        "limits", "policy_questions", "reading", "recording", "request", "same_write", "secret_values", "sending",
        "visible",
    },
    "pages": {"api", "call", "effects", "endpoint", "host", "present"},
    "workflow": {
        *BOTTOM, "api", "arguments", "attempt", "authority", "call", "effects", "endpoint", "facts", "host", "present",
    },
    "workflows": {
        *BOTTOM, "api", "effects", "endpoint", "endpoints", "facts", "guards", "plan_reading", "present", "request",
        "workflow",
    },
    "schema": {"endpoint", "narrow", "types", "workflow"},
    "langgraph": {*BOTTOM, "authority", "call", "drive", "effects", "endpoint", "host"},
    "tool": {
        *BOTTOM, "call", "drive", "effects", "endpoint", "host", "langgraph", "plan_reading", "policy_questions",
        "present", "schema", "workflow",
    },
    "environment": {"authority", "errors"},
    "tape": {"errors", "narrow"},
    "replay": {"tape"},
}  # fmt: skip
"""Module or folder → what it may import of this package. `toolkit` may import all but what sits on top."""
ON_TOP = {"sandbox", "evaluation", "cli"}


def imports_of(path: Path, *, at_run_time: bool = True) -> set[str]:
    """The dotted names that a module imports, wherever in it; those under TYPE_CHECKING only when asked for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            hidden |= {inner for child in node.body for inner in ast.walk(child)}
    names: set[str] = set()
    for node in ast.walk(tree):
        if at_run_time and node in hidden:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def parts_used(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports_of(path, at_run_time=False) if name.startswith("tfc_agent_tools.")}


@pytest.mark.parametrize(
    "name", [name for name in MODULES if name.split("/")[0] not in {*ON_TOP, "toolkit", "__init__"}]
)
def test_a_module_imports_only_what_its_layer_may(name: str) -> None:
    part = name.split("/", maxsplit=1)[0]
    allowed = LAYERS.get(part)
    assert allowed is not None, f"say in LAYERS where {part} belongs"
    assert parts_used(MODULES[name]) - {part} <= allowed


@pytest.mark.parametrize("name", [name for name in MODULES if name.split("/")[0] not in ON_TOP])
def test_nothing_imports_what_sits_on_top(name: str) -> None:
    assert not parts_used(MODULES[name]) & ON_TOP


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("httpx", {"api", "replay", *ON_TOP}),
        ("langchain_core", {"tool", "toolkit", "langgraph", *ON_TOP}),
        ("langchain", {"langgraph", *ON_TOP}),
        ("langgraph", {"langgraph", *ON_TOP}),
        ("sqlalchemy", {"sql_engine", "sql_schema", "sql_store"}),
        ("ijson", {"present"}),
        ("cryptography", {"authority"}),
        ("vcr", {"evaluation"}),
        ("typer", {"cli", "evaluation"}),
        ("starlette", {"sandbox"}),
    ],
)
def test_a_library_is_known_to_few(library: str, allowed: set[str]) -> None:
    users = {
        name.split("/")[0]
        for name, path in MODULES.items()
        if any(imported.split(".")[0] == library for imported in imports_of(path))
    }
    assert users <= allowed


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("endpoints")])
def test_an_endpoint_module_is_pure(name: str) -> None:
    standard = {imported.split(".")[0] for imported in imports_of(MODULES[name])} - {"tfc_agent_tools"}
    assert standard <= {"__future__", "collections", "functools", "importlib", "json", "pydantic", "typing"}


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())
def test_a_module_holds_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_importing_the_toolkit_loads_no_optional_package_and_nothing_before_it_is_used() -> None:
    heavy = [
        "cryptography",
        "httpx",
        "ijson",
        "jinja2",
        "sqlalchemy",
        "yaml",
        "langchain",
        "langgraph",
        "starlette",
        "typer",
        "vcr",
        "rich",
    ]
    code = f"import sys, tfc_agent_tools as t; t.TerraformCloudToolkit; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
