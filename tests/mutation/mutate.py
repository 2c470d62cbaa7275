"""Change the guards' code in one place at a time and see whether a test notices.

    python tests/mutation/mutate.py authority/rules/decide.py -- tests/authority/rules tests/test_policy_calls.py

Prints each mutant that no test noticed, with its line before and after. Those that are known stand in
`survivors.txt` with the reason why they let nothing through; the exit code is 1 if there are others.
"""

from __future__ import annotations

import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tfc_agent_tools"
KNOWN = Path(__file__).with_name("survivors.txt")
SECONDS = 90
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
SWAPPED = {"YES": "NO", "NO": "YES", "MAYBE": "YES", "DENY": "ALLOW", "ASK": "ALLOW", "ALLOW": "ASK"}


@dataclass(frozen=True)
class Mutant:
    """One changed place of a module."""

    module: str
    number: int
    line: int
    before: str
    after: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.module}: {self.before} -> {self.after}"


def variants(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901 - one case for each kind of node
    """What one node can be changed into."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in OPPOSITE:
            yield ast.Compare(node.left, [OPPOSITE[type(op)]()], node.comparators)
        case ast.BoolOp(op=ast.And()):
            yield ast.BoolOp(ast.Or(), node.values)
        case ast.BoolOp(op=ast.Or()):
            yield ast.BoolOp(ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.If():
            yield ast.If(ast.Constant(value=False), node.body, node.orelse)
            yield ast.If(ast.Constant(value=True), node.body, node.orelse)
        case ast.Name(id=name) if name in SWAPPED:
            yield ast.Name(SWAPPED[name], ast.Load())
        case ast.Attribute(value=ast.Name(id="Effect"), attr=name) if name in SWAPPED:
            yield ast.Attribute(node.value, SWAPPED[name], ast.Load())
        case ast.Raise() | ast.Expr(value=ast.Call() | ast.YieldFrom()):
            yield ast.Pass()
        case _:
            return


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module. Annotations, docstrings and what only type checkers see are left alone."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    places = [node for node in ast.walk(tree) if hasattr(node, "lineno") and not _is_for_checkers(node)]
    number = 0
    for place, node in enumerate(places):
        for index, _ in enumerate(list(variants(node))):
            again = copy.deepcopy(tree)
            nodes = [one for one in ast.walk(again) if hasattr(one, "lineno") and not _is_for_checkers(one)]
            changed = list(variants(nodes[place]))[index]
            before = _short(ast.unparse(node))
            new = _Swap(nodes[place], changed).visit(again)
            number += 1
            yield Mutant(
                module,
                number,
                node.lineno,
                before,
                _short(ast.unparse(changed)),
                ast.unparse(ast.fix_missing_locations(new)),
            )


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _is_for_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _short(code: str) -> str:
    return " ".join(code.split())[:110]


def survives(mutant: Mutant, tests: list[str]) -> bool:
    """Whether all tests pass with this mutant in place."""
    with tempfile.TemporaryDirectory(prefix="tfc-mutant-") as folder:
        for name in ("tfc_agent_tools", "tests", "prompts", "evals", "docs", "pyproject.toml", "README.md"):
            (Path(folder) / name).symlink_to(ROOT / name)
        (Path(folder) / "tfc_agent_tools").unlink()
        shutil.copytree(PACKAGE, Path(folder) / "tfc_agent_tools", ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / "tfc_agent_tools" / mutant.module).write_text(mutant.source, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": folder}
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, timeout=SECONDS, check=False, env=environment
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def main(words: list[str]) -> int:
    modules, tests = words[: words.index("--")], words[words.index("--") + 1 :]
    known = {line.partition("  # ")[0] for line in KNOWN.read_text(encoding="utf-8").splitlines() if "  # " in line}
    every = [mutant for module in modules for mutant in mutants(module)]
    left, fresh = 0, 0
    with ThreadPoolExecutor(int(os.environ.get("TFC_MUTATION_JOBS", "2"))) as pool:
        for one, alive in zip(every, pool.map(lambda mutant: survives(mutant, tests), every), strict=True):
            if alive:
                left, fresh = left + 1, fresh + (one.name not in known)
                mark = "known" if one.name in known else "NEW  "
                sys.stdout.write(f"{mark} line {one.line}: {one.name}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(every)} mutants, {left} not noticed, {fresh} of them new\n")
    return 1 if fresh else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
