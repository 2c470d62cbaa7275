"""Policy files: what a platform engineer writes, and how it decides."""
