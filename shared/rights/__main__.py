"""`python -m shared.rights > docs/access.md`."""

from shared.rights.page import document

print(document(), end="")
