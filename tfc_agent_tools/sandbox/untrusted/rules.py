"""The rules for both syntaxes: blocks, resource types, providers and module sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

BUILTIN = "terraform.io/builtin/terraform"
RESOURCE_TYPES = frozenset({"terraform_data"})
TOP_LEVEL = frozenset(
    {
        "check",
        "import",
        "locals",
        "module",
        "moved",
        "output",
        "provider",
        "removed",
        "resource",
        "terraform",
        "variable",
    }
)
# Anywhere: they run programs, open connections, load plugins, or read what is not the configuration's.
FORBIDDEN_BLOCKS = frozenset(
    {"action", "connection", "data", "encryption", "ephemeral", "provider_meta", "provisioner"}
)
_OVERRIDES = ("override.tf", "override.tofu", "override.tf.json", "override.tofu.json")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands in the configuration."""

    path: PurePosixPath

    @property
    def is_override(self) -> bool:
        """Whether terraform merges the file over the others (`override.tf`, `*_override.tf`)."""
        return self.path.name.endswith(_OVERRIDES)


def resource_problem(resource_type: str | None) -> str | None:
    """Only the built-in resource type runs no program."""
    return None if resource_type in RESOURCE_TYPES else f"a resource of type {resource_type!r}"


def provider_problem(name: str | None) -> str | None:
    """Only the built-in provider can be configured."""
    return None if name == "terraform" else f"a provider {name!r}"


def required_provider_problem(name: str | None, source: str | None) -> str | None:
    """Only the built-in provider can be required, and by its own name."""
    return None if name == "terraform" and source == BUILTIN else f"a required provider {name!r}"


def backend_problem(place: Place) -> str | None:
    """A backend is replaced by the sandbox's own, which an override file could undo."""
    return "a backend in an override file" if place.is_override else None


def source_problem(source: str | None, place: Place) -> str | None:
    """A module comes from a folder of the configuration, named by a literal `./` or `../` path."""
    if source is None or not source.startswith(("./", "../")) or any(odd in source for odd in "\\?:$%"):
        return "a module that does not come from a folder of the configuration"
    depth = len(place.path.parent.parts)
    for part in source.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return "a module from outside the configuration"
    return None
