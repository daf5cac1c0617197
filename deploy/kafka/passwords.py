"""The passwords of Kafka's users in a file that its owner alone may read; a user that has none gets one."""

import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.local.private import write_private


def with_all(passwords: Mapping[str, str], users: Iterable[str]) -> dict[str, str]:
    """The same, and a new one for each user that has none."""
    return {**{user: secrets.token_urlsafe(24) for user in users}, **passwords}


def keep(file: Path, users: Iterable[str]) -> dict[str, str]:
    """What is in the file, which is made or completed. Taking a user's entry out before gives it a new password."""
    before = json.loads(file.read_bytes()) if file.exists() else {}
    passwords = with_all(before, users)
    write_private(file, json.dumps(passwords, indent=1).encode())
    return passwords
