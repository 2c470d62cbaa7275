"""Worlds that ship with the package, to give to `Sandbox(world=...)`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TROUBLED: Final = Path(__file__).with_name("troubled.yaml")
"""A shop whose workspaces each have another thing wrong, for what looks for causes; `troubled.yaml` says which."""
