"""A policy file read: YAML to a checked document, or one clear line that says what is wrong with it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.document import PolicyDocument
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.yaml_words import repeated, words_loader

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 1_000_000


def read(file: Path) -> RulePolicy:
    """The policy in a file.

    Raises:
        ConfigurationError: It can't be read, is no YAML, or holds what a policy has not; the message says where.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"policy: {file} can't be read ({error.strerror or type(error).__name__})") from None
    return parse(content, str(file))


def parse(content: bytes, name: str) -> RulePolicy:
    """The policy in the content of a file.

    Raises:
        ConfigurationError: As `read` does.
    """
    from pydantic import ValidationError

    if len(content) > _LARGEST:
        raise ConfigurationError(f"policy: {name} is larger than 1 MB")
    try:
        document = PolicyDocument.model_validate(_loaded(content, name))
        _consistent(document)
        return RulePolicy(document, hashlib.sha256(content).hexdigest())
    except ValidationError as error:
        raise ConfigurationError(f"policy: {name}: {_said(error)}") from None
    except ValueError as error:
        raise ConfigurationError(f"policy: {name}: {error}") from None


def _loaded(content: bytes, name: str) -> Any:
    import yaml

    try:
        return yaml.load(content, Loader=words_loader(yaml.SafeLoader))  # noqa: S506 - a safe loader, and stricter
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        # PyYAML lets what it trips over in `!!int ""` or `!!timestamp x` out as it is.
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise ConfigurationError(f"policy: {name} is no YAML{where}: {problem}") from None


def _consistent(document: PolicyDocument) -> None:
    """What types can't say: names that lead nowhere, ids that stand twice."""
    from tfc_agent_tools.authority.rules.groups import members

    members(document, (), document.groups)
    ids = [rule.id for rule in document.rules]
    if twice := repeated(ids):
        raise ValueError(f"rules: the id {twice!r} stands twice")
    for rule in document.rules:
        if rule.effect != "ask" and rule.approvers is not None:
            raise ValueError(f"rules: {rule.id} has approvers but does not ask; only `effect: ask` takes them")
        asked = rule.approvers
        if asked and asked.groups and not members(document, asked.people, asked.groups):
            raise ValueError(f"rules: {rule.id} asks groups that hold nobody, so anybody could answer; add people")


def _said(error: Any) -> str:
    """The first problems, each with the place it is at and without the value."""
    found = [f"{'.'.join(map(str, one['loc']))}: {_plain(one)}" for one in error.errors(include_url=False)[:3]]
    return "; ".join(found)


def _plain(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "there is no such key"
    return str(problem["msg"]).removeprefix("Value error, ")
