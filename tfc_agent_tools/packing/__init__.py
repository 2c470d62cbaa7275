"""A configuration directory as the exact bytes of a `.tar.gz` upload.

Which files go in is decided as terraform's own packer decides it (hashicorp/go-slug), so that an upload made
here and one made by `terraform plan` hold the same files. On top of that, packing is deterministic (an
approval of some bytes holds until a file changes) and reads nothing outside the folders that the host opened.

    pack -> roots.opened      the directory, if it lies under a root
         -> ignore.parse      what stays out
         -> tree.Tree         the files, read once, never through a link
         -> archive.write     their bytes
"""

from tfc_agent_tools.packing.archive import Archive, PackedFile, pack
from tfc_agent_tools.packing.tree import LIMITS, Limits

__all__ = ["LIMITS", "Archive", "Limits", "PackedFile", "pack"]
