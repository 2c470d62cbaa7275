"""What a cassette was recorded with. It names no private host: a tape may be published."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_LOADER: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Server = Literal["sandbox", "HCP Terraform", "Terraform Enterprise"]
Words = Annotated[str, Field(min_length=1)]
NOT_TOLD: Final = "not told"
_ENTERPRISE, _API = "x-tfe-version", "tfp-api-version"
_VERSION: Final = re.compile(r"[A-Za-z0-9.+-]{1,32}")


class Stamp(BaseModel):
    """`recorded_with` of a cassette."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    case: Words
    server: Server
    server_version: Words
    """The package's own version for the sandbox; otherwise what the server's headers say."""
    source: Literal["sandbox", "a server"]
    terraform: Words
    tools: Annotated[Words, Field(alias="tfc-agent-tools")]
    date: date
    seed: str | None = None
    clock: datetime | None = None
    """What the sandbox's clock said."""
    world: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of what the sandbox's world was made from; None for its own four workspaces."""

    @model_validator(mode="after")
    def _fits(self) -> Stamp:
        is_sandbox = self.server == "sandbox"
        if is_sandbox != (self.source == "sandbox"):
            msg = "server and source disagree about whether it was a sandbox"
            raise ValueError(msg)
        if is_sandbox != (self.seed is not None and self.clock is not None):
            msg = "seed and clock are there for a sandbox, and for nothing else"
            raise ValueError(msg)
        if self.world is not None and not is_sandbox:
            msg = "only a sandbox has a world"
            raise ValueError(msg)
        return self

    def written(self) -> dict[str, Any]:
        """As it stands in the file."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def read_stamp(path: Path) -> Stamp:
    """What a cassette was recorded with.

    Raises:
        ConfigurationError: There is no cassette, or its stamp is missing or not as it should be; one line.
    """
    try:
        tape: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
        return Stamp.model_validate(tape["recorded_with"])
    except OSError as error:
        problem = f"no cassette can be read there ({error.strerror})"
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        problem = ".".join(["recorded_with", *map(str, first["loc"])]) + f": {first['msg']}"
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = f"it is not YAML: {' '.join(str(error).split())}"
    except (LookupError, TypeError):
        problem = "it has no recorded_with, so nobody knows what it was recorded with"
    msg = f"{path}: {problem}"
    raise ConfigurationError(msg)


def told_by(answers: Iterable[Mapping[str, Sequence[str]]]) -> tuple[Server, str]:
    """Which product a server is, and its version, as the headers of its answers say."""
    told = {name.lower(): value for headers in answers for name, values in headers.items() for value in values}
    versions = {name: told[name] for name in (_ENTERPRISE, _API) if _VERSION.fullmatch(told.get(name, ""))}
    shown = [versions[_ENTERPRISE]] if _ENTERPRISE in versions else []
    shown += [f"API {versions[_API]}"] if _API in versions else []
    return "Terraform Enterprise" if _ENTERPRISE in told else "HCP Terraform", ", ".join(shown) or NOT_TOLD
