"""A case with a server's own names in the place of those it was written with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import Case, first_problem
from tfc_agent_tools.evaluation.rewording import Rewording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OWN: Final = frozenset({"id", "cassette", "world", "token", "token_type", "confirm", "upload_root", "secrets"})
"""What of a case names nothing on the server."""


def renamed(case: Case, names: Mapping[str, str]) -> Case:
    """The case with other names, wherever they stand as whole words: prompt, script, policy and expectations.

    Raises:
        ConfigurationError: With these names it is no case any more.
    """
    if not names:
        return case
    rewording = Rewording(names)
    given = case.model_dump(mode="json", by_alias=True, exclude_unset=True)
    try:
        return Case.model_validate({key: one if key in _OWN else rewording.data(one) for key, one in given.items()})
    except ValidationError as error:
        msg = f"{case.id}, renamed: {first_problem(error)}"
        raise ConfigurationError(msg) from None


def read_renames(given: Iterable[str]) -> dict[str, str]:
    """`acme=my-org`: what the case calls it → what the server calls it.

    Raises:
        ConfigurationError: One is not of this form, or two of them say different things.
    """
    names: dict[str, str] = {}
    for one in given:
        ours, equals, real = (part.strip() for part in one.partition("="))
        if not (ours and equals and real):
            msg = f"--rename {one!r}: write it as acme=my-org, the case's name first"
            raise ConfigurationError(msg)
        if ours in names or real in names.values():
            msg = f"--rename {one!r}: each name can be given once, or the cassette could not be told apart"
            raise ConfigurationError(msg)
        names[ours] = real
    return names
