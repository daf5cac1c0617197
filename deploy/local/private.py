"""Writing what only its owner may read."""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """All or nothing, and never readable by others, not even for a moment."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
    part.replace(path)
