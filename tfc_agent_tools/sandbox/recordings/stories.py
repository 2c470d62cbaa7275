"""Stories: runs that follow one another on one state, as `evals/configurations/stories.yaml` tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tfc_agent_tools.sandbox.archive import read_archive
from tfc_agent_tools.sandbox.configurations import files_of, pack
from tfc_agent_tools.sandbox.fingerprints import fingerprint, state_fingerprint
from tfc_agent_tools.sandbox.models import RunOptions, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    Record = Callable[[bytes, bytes | None, RunOptions, tuple[Variable, ...]], "Done"]
    """Carries out a run of an archive, on a state, with options and variables."""

Done = tuple[dict[str, Any], bytes | None]
"""What is kept of a run, and the state that it left."""


@dataclass(frozen=True, slots=True)
class Part:
    """One run of a story: of which folder, and with which variables."""

    folder: str
    is_destroy: bool
    variables: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Part:
        """Read a line of the file: `{run: worker, variables: {size: 3}}`, or `destroy` in the place of `run`."""
        given = tuple((name, str(value)) for name, value in row.get("variables", {}).items())
        return cls(row.get("run") or row["destroy"], "destroy" in row, given)

    @property
    def given(self) -> tuple[Variable, ...]:
        """The variables as those of a workspace."""
        return tuple(Variable(id="", workspace_id="", key=key, value=value) for key, value in self.variables)


@dataclass
class Stories:
    """Records the stories of one folder. The same run on the same state is recorded once.

    Args:
        home: Where `stories.yaml` and the folders are.
        record: Carries one run out.
    """

    home: Path
    record: Record
    _done: dict[tuple[Part, str], Done] = field(default_factory=dict[tuple[Part, str], Done])

    def recordings(self) -> Iterator[dict[str, Any]]:
        """What is to be kept of each folder."""
        stories: Sequence[Any] = yaml.safe_load((self.home / "stories.yaml").read_text(encoding="utf-8"))
        for story in stories:
            self._carry_out([Part.of(row) for row in story])
        for folder in dict.fromkeys(part.folder for part, _ in self._done):
            steps = [
                {"before": before, "is_destroy": part.is_destroy, "variables": dict(part.variables), **run}
                for (part, before), (run, _) in self._done.items()
                if part.folder == folder
            ]
            yield {"name": folder, "fingerprint": fingerprint(read_archive(self._archive(folder))), "steps": steps}

    def _carry_out(self, parts: Sequence[Part]) -> None:
        state: bytes | None = None
        for part in parts:
            key = part, state_fingerprint(state)
            if key not in self._done:
                options = RunOptions(is_destroy=part.is_destroy)
                self._done[key] = self.record(self._archive(part.folder), state, options, part.given)
            state = self._done[key][1] or state

    def _archive(self, folder: str) -> bytes:
        return pack(files_of(self.home / folder))
