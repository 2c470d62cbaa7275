"""Functions that read files: a plain path inside the configuration, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.untrusted.lexer import Kind, Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

READS_FILES = frozenset(
    {
        "abspath",
        "file",
        "filebase64",
        "filebase64sha256",
        "filebase64sha512",
        "fileexists",
        "filemd5",
        "fileset",
        "filesha1",
        "filesha256",
        "filesha512",
        "templatefile",
    }
)
# A template string can call any of the functions above, wherever its text came from.
NEVER = frozenset({"pathexpand", "templatestring"})
# A call that passes is no longer: a name, a bracket, `path . module`, a comma, a pattern, a bracket.
_CALL = 8
_MODULE_PATHS = frozenset({"module", "root"})


def unsafe_calls(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the calls, also those inside strings, that could read outside the configuration."""
    flat = [token for token in tokens if token.kind is not Kind.NEWLINE]
    for index, token in enumerate(flat):
        for part in token.parts:
            if not isinstance(part, str):
                yield from unsafe_calls(part)
        called = token.kind is Kind.IDENTIFIER and _is(flat, index + 1, "(")
        if called and token.text in NEVER:
            yield f"{token.text}() in line {token.line}"
        elif called and token.text in READS_FILES and not _reads_inside(flat[index : index + _CALL]):
            yield f"{token.text}() with a path that is not plainly inside, in line {token.line}"
        elif token.text == "provider" and _is(flat, index + 1, ":") and not _is(flat, index + 3, "terraform"):
            yield f"a provider's function in line {token.line}"


def template_files(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the paths that `templatefile` is called with."""
    flat = [token for token in tokens if token.kind is not Kind.NEWLINE]
    for index, token in enumerate(flat):
        for part in token.parts:
            if not isinstance(part, str):
                yield from template_files(part)
        if token.text == "templatefile" and index + 2 < len(flat):
            yield "".join(part for part in flat[index + 2].parts if isinstance(part, str))


def _reads_inside(call: Sequence[Token]) -> bool:
    """Whether a call's path is a literal, or `path.module` or `path.root` with a literal after it."""
    used = _path_length(call[2:])
    if used is None:
        return False
    after = 2 + used
    if call[0].text == "fileset":
        return _is(call, after, ",") and _inside(_text(call, after + 1)) and _is(call, after + 2, ")")
    return _is(call, after, ")") or _is(call, after, ",")


def _path_length(tokens: Sequence[Token]) -> int | None:
    """Return of how many tokens the safe path at the start consists, None when there is none."""
    if not tokens:
        return None
    if _is_module_path(tokens[:3]):
        return 3
    first = tokens[0]
    if first.kind is not Kind.STRING or "<<" in first.text[:2]:
        return None
    parts = first.parts
    if len(parts) == 1 and isinstance(parts[0], str):
        return 1 if _inside(parts[0]) else None
    if len(parts) == 2 and not isinstance(parts[0], str) and isinstance(parts[1], str):
        rest = parts[1]
        safe = _is_module_path(parts[0][1:]) and rest.startswith("/") and _inside(rest[1:])
        return 1 if safe else None
    return None


def _is_module_path(tokens: Sequence[Token]) -> bool:
    texts = [token.text for token in tokens]
    return len(texts) == 3 and texts[:2] == ["path", "."] and texts[2] in _MODULE_PATHS


def _inside(path: str | None) -> bool:
    if not path or path.startswith(("/", "~")):
        return False
    return not any(odd in path for odd in ("..", "\\", "$", "%", "\n", ":"))


def _text(tokens: Sequence[Token], index: int) -> str | None:
    token = tokens[index] if index < len(tokens) else None
    return token.literal if token is not None and token.kind is Kind.STRING else None


def _is(tokens: Sequence[Token], index: int, text: str) -> bool:
    return index < len(tokens) and tokens[index].text == text
