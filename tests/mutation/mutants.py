"""The places of a module in which one thing can be changed, and each changed module."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

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
LONGEST = 110


@dataclass(frozen=True)
class Mutant:
    """One changed place of a module."""

    module: str
    line: int
    name: str
    """`module function: before -> after`, and `[2]` behind it for the second place of which that is true."""
    source: str


def mutants(module: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a module. Annotations, docstrings and what only type checkers see are left alone."""
    tree = ast.parse(text)
    seen = Counter[str]()
    for place, (node, scope) in enumerate(_places(tree)):
        for index, after in enumerate(list(_variants(node))):
            again = copy.deepcopy(tree)
            old, _ = list(_places(again))[place]
            new = _Swap(old, list(_variants(old))[index]).visit(again)
            what = f"{module} {scope}: {_short(node)} -> {_short(after)}"
            seen[what] += 1
            name = what if seen[what] == 1 else f"{what} [{seen[what]}]"
            yield Mutant(module, getattr(node, "lineno", 0), name, ast.unparse(ast.fix_missing_locations(new)))


def _places(tree: ast.AST, scope: str = "") -> Iterator[tuple[ast.AST, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node, scope
        is_named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _places(node, f"{scope}.{node.name}".lstrip(".") if is_named else scope)


def _variants(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901 - one case for each kind of node
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
        case ast.Name(id=name, ctx=ast.Load()) if name in SWAPPED:
            yield ast.Name(SWAPPED[name], ast.Load())
        case ast.Attribute(value=ast.Name(id="Effect"), attr=name) if name in SWAPPED:
            yield ast.Attribute(node.value, SWAPPED[name], ast.Load())
        case ast.Raise() | ast.Expr(value=ast.Call() | ast.YieldFrom()):
            yield ast.Pass()
        case _:
            return


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _short(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:LONGEST]
