"""Every word that a model or a person reads, as Jinja templates in `prompts/`.

A user's folder overrides them one by one, by the same relative name. What is wrong with it is found when the toolkit is
built: a name that overrides nothing, a syntax error, a variable that the template is not given. `facts.md.j2` and the
explained plan in it, `plan/page.md.j2`, can't be replaced: whatever else a person reads, the facts stand below it
unchanged.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from jinja2.sandbox import SandboxedEnvironment

FACTS: Final = "facts.md.j2"
FIXED: Final = frozenset({FACTS, "plan/page.md.j2"})
"""What a yes is given to: nobody's own words take the place of these."""
AT_RISK: Final = "at_risk.yaml"
"""The one data file among the templates; a user's own extends the packaged one (`present/plans/at_risk.py`)."""
_GIVEN: Final = {
    "system": {"token_type", "tools", "read_only"},
    "explain": {"tool", "arguments", "facts", "workspace", "plan", "impacts", "risk"},
    "facts": {"tool", "requests", "explained", "facts", "quoted", "workspace", "plan", "impacts", "risk"},
    "refused": {"error"},
    "errors": {"error"},
    "workflows": {"found", "rows"},
    "plan": {
        "warnings",
        "headline",
        "counts",
        "loses_data",
        "gone",
        "weakened",
        "access",
        "rest",
        "lookalikes",
        "outputs",
        "checks",
        "drifted",
        "moved",
        "imported",
        "invoked",
        "touched",
        "basis",
    },
    "tools": {"description", "tool"},
}
"""The variables of each kind of template."""


def content_dir(name: str) -> Path:
    """The folder `prompts` or `evals`: inside an installed package, beside it in a checkout or editable install."""
    package = Path(__file__).parent
    for folder in (package / name, package.parent / name):
        if folder.is_dir():
            return folder
    msg = f"the package was installed without its {name} folder; install it again"
    raise ConfigurationError(msg)


class Templates:
    """The packaged templates under a user's own."""

    def __init__(self, own: Path | str | None = None) -> None:
        self._own = Path(own) if own else None
        if self._own:
            self._check(self._own)

    def render(self, name: str, **variables: Any) -> str:
        """Render a template, a user's before the packaged one.

        A user's template that fails on a value it was not checked with falls back to the packaged one.
        """
        if self._own and name not in FIXED and (self._own / name).is_file():
            with suppress(Exception):  # whatever it does wrong, a person or a model must still read something true
                return self._environment.get_template(f"own/{name}").render(**variables).strip()
        return self._environment.get_template(f"packaged/{name}").render(**variables).strip()

    def has(self, name: str) -> bool:
        """Whether there is a template of this name."""
        return (content_dir("prompts") / name).is_file() or bool(self._own and (self._own / name).is_file())

    def data_files(self, name: str) -> list[Path]:
        """The packaged data file of this name, then the user's own that extends it, if there is one."""
        own = [self._own / name] if self._own and (self._own / name).is_file() else []
        return [content_dir("prompts") / name, *own]

    def check_tools(self, names: Collection[str]) -> None:
        """Find descriptions in the user's folder that belong to no tool.

        Raises:
            ConfigurationError: There is one; it would silently override nothing.
        """
        for path in sorted((self._own / "tools").glob("*.md.j2")) if self._own else ():
            if path.name.removesuffix(".md.j2") not in names:
                msg = f"{path}: there is no tool of that name to describe"
                raise ConfigurationError(msg)

    @cached_property
    def digest(self) -> str:
        """Changes whenever a word could. The digest of an approval holds it."""
        digest = hashlib.sha256()
        for folder in (content_dir("prompts"), self._own):
            for path in _files(folder) if folder else ():
                name = path.relative_to(folder).as_posix() if folder else ""
                digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    @cached_property
    def _environment(self) -> SandboxedEnvironment:
        from jinja2 import FileSystemLoader, PrefixLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        loaders = {"packaged": FileSystemLoader(content_dir("prompts"))}
        if self._own:
            loaders["own"] = FileSystemLoader(self._own)
        # Plain text for terminals and models: HTML escaping would only garble it.
        # And nothing that a template is given can be changed by it: the facts block is rendered from the same values.
        environment = ImmutableSandboxedEnvironment(
            loader=PrefixLoader(loaders),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )
        environment.auto_reload = False
        return environment

    def _check(self, own: Path) -> None:
        if not own.is_dir():
            msg = (
                f"the templates folder {own} is not a directory; set `prompts` or TFC_AGENT_PROMPTS to one, or to none"
            )
            raise ConfigurationError(msg)
        for path in _files(own):
            if path.name != AT_RISK:
                self._check_one(path.relative_to(own).as_posix(), path)

    def _check_one(self, name: str, path: Path) -> None:
        from jinja2 import TemplateSyntaxError, meta

        kind = name.partition("/")[0].partition(".")[0]
        if name in FIXED:
            msg = f"{path}: the facts that a person confirms can't be replaced; take the file away"
            raise ConfigurationError(msg)
        if kind not in _GIVEN or (kind != "tools" and not (content_dir("prompts") / name).is_file()):
            msg = f"{path}: there is no template {name!r} to override; rename the file or take it away"
            raise ConfigurationError(msg)
        try:
            tree = self._environment.parse(path.read_text(encoding="utf-8"))
            unknown = meta.find_undeclared_variables(tree) - _GIVEN[kind]
        except TemplateSyntaxError as error:
            msg = f"{path}, line {error.lineno}: {error.message}; correct it or take the file away"
            raise ConfigurationError(msg) from None
        except (OSError, UnicodeDecodeError):
            msg = f"{path}: it can't be read as UTF-8 text; save it as such or take it away"
            raise ConfigurationError(msg) from None
        if unknown:
            msg = f"{path}: {', '.join(sorted(unknown))} is not given to it; it has {', '.join(sorted(_GIVEN[kind]))}"
            raise ConfigurationError(msg)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted([*folder.rglob("*.j2"), *folder.glob(AT_RISK)])
