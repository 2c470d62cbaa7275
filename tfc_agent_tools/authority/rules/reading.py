"""A policy file read: YAML to a checked document, or one clear line that says what is wrong with it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.document import PolicyDocument
from tfc_agent_tools.errors import ConfigurationError

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
        return yaml.load(content, Loader=_loader())  # noqa: S506 - a SafeLoader, with fewer words read as booleans
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        # PyYAML lets what it trips over in `!!int ""` or `!!timestamp x` out as it is.
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise ConfigurationError(f"policy: {name} is no YAML{where}: {problem}") from None


def _loader() -> Any:
    """PyYAML reads a bare `off`, `no` or `on` as a boolean; here they are the words that they look like.

    A key that stands twice would silently replace the first one, so it is refused.
    """
    import yaml

    safe: Any = yaml.SafeLoader

    class Words(safe):  # type: ignore[misc]  # PyYAML's own is not typed well enough
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names: list[Any] = [self.construct_object(key, deep=True) for key, _ in node.value]
            if twice := repeated(list(map(repr, names))):
                problem = f"the key {twice} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
            return safe.construct_mapping(self, node, deep)

    words: Any = Words
    words.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in safe.yaml_implicit_resolvers.items()
    }
    words.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
    return words


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


def repeated(names: list[str]) -> str | None:
    """The first name that stands twice, in one pass: a file can hold a hundred thousand of them."""
    seen = set[str]()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _said(error: Any) -> str:
    """The first problems, each with the place it is at and without the value."""
    found = [f"{'.'.join(map(str, one['loc']))}: {_plain(one)}" for one in error.errors(include_url=False)[:3]]
    return "; ".join(found)


def _plain(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "there is no such key"
    return str(problem["msg"]).removeprefix("Value error, ")
