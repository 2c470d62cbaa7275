"""Every file of a configuration against every rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.untrusted.blocks import unsafe_blocks
from tfc_agent_tools.sandbox.untrusted.functions import template_files, unsafe_calls
from tfc_agent_tools.sandbox.untrusted.json_syntax import json_template_files, parse, unsafe_json
from tfc_agent_tools.sandbox.untrusted.lexer import Unclear, tokens_of, tokens_of_template
from tfc_agent_tools.sandbox.untrusted.rules import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfc_agent_tools.sandbox.archive import Member

_NATIVE = (".tf", ".tofu")
_JSON = (".tf.json", ".tofu.json")
_MAX_FILE = 256 * 1024
_MAX_TEXT = 4 * 1024 * 1024
_MAX_SHOWN = 5
RESERVED = "~~sandbox"


def unsafe_parts(members: Sequence[Member]) -> list[str]:
    """Return what keeps the sandbox from running a configuration, at most five things; empty when nothing."""
    found: list[str] = []
    for problem in _problems(members):
        if problem not in found:
            found.append(problem)
        if len(found) == _MAX_SHOWN:
            break
    return found


def _problems(members: Sequence[Member]) -> Iterator[str]:
    templates: set[str] = set()
    read = [member for member in members if member.path.name.endswith((*_NATIVE, *_JSON))]
    if sum(len(member.content) for member in read) > _MAX_TEXT:
        yield f"more than {_MAX_TEXT} bytes of configuration"
        return
    for member in members:
        name = member.path.name
        if name.startswith(RESERVED):
            yield f"{member.path}: the name is the sandbox's own"
    for member in read:
        yield from (f"{member.path}: {problem}" for problem in _file(member, templates))
    names = {path.rpartition("/")[2] for path in templates}
    for member in members:
        if member.path.name in names:
            yield from (f"{member.path}: {problem}" for problem in _template(member))


def _file(member: Member, templates: set[str]) -> Iterator[str]:
    try:
        text = _decoded(member)
        place = Place(member.path)
        if member.path.name.endswith(_JSON):
            document = parse(text)
            yield from unsafe_json(document, place)
            templates.update(json_template_files(document))
        else:
            tokens = tokens_of(text)
            yield from unsafe_blocks(tokens, place)
            yield from unsafe_calls(tokens)
            templates.update(template_files(tokens))
    except Unclear as error:
        yield f"{error}"
    except RecursionError:
        yield "text that is nested too deeply"


def _template(member: Member) -> Iterator[str]:
    try:
        for part in tokens_of_template(_decoded(member)):
            if isinstance(part, str):
                continue
            yield from unsafe_calls(part)
            # terraform forbids it, tofu does not, and the inner template would go unread.
            yield from ("a template within a template" for _ in template_files(part))
    except Unclear as error:
        yield f"{error}"


def _decoded(member: Member) -> str:
    if len(member.content) > _MAX_FILE:
        msg = f"a file of more than {_MAX_FILE} bytes"
        raise Unclear(msg)
    try:
        return member.content.decode()
    except UnicodeDecodeError as error:
        msg = "text that is not UTF-8"
        raise Unclear(msg) from error
