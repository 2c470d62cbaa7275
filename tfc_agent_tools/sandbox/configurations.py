"""The configurations that the sandbox's workspaces start with: `terraform_data` only, which is built in."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LEFT_OUT = frozenset({".git", ".terraform"})
_MAX_FILES = 1000
APP = """\
variable "size" {
  type    = number
  default = 2
}

resource "terraform_data" "network" {
  input = { name = "ENVIRONMENT", cidr = "10.0.0.0/16" }
}

resource "terraform_data" "server" {
  count            = var.size
  input            = { name = "ENVIRONMENT-${count.index}", network = terraform_data.network.output.name }
  triggers_replace = [terraform_data.network.id]
}

output "servers" {
  value = [for server in terraform_data.server : server.output.name]
}
"""

NETWORK = """\
locals {
  zones = toset(["a", "b", "c"])
}

resource "terraform_data" "subnet" {
  for_each = local.zones
  input    = { zone = each.key }
}

output "zones" {
  value = sort([for subnet in terraform_data.subnet : subnet.output.zone])
}
"""

SEEDED: Mapping[str, Mapping[str, str]] = {
    "app-staging": {"main.tf": APP.replace("ENVIRONMENT", "staging")},
    "app-production": {"main.tf": APP.replace("ENVIRONMENT", "production")},
    "network": {"main.tf": NETWORK},
}


def files_of(folder: Path) -> dict[str, bytes]:
    """Return a directory's files by their paths; links are left out, as they could lead anywhere.

    Raises:
        OSError: The directory can't be read.
        ValueError: It has no files, or more than a configuration would.
    """
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    kept = [path for path in found if not _LEFT_OUT & set(path.relative_to(folder).parts)]
    if not 0 < len(kept) <= _MAX_FILES:
        raise ValueError(f"{folder} has no files, or more than {_MAX_FILES}")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def pack(files: Mapping[str, str | bytes]) -> bytes:
    """Return a configuration as the tar.gz that the API takes: the same files always give the same bytes."""
    tar_bytes = io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w") as archive:
        for name, text in sorted(files.items()):
            data = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(tar_bytes.getvalue(), mtime=0)
