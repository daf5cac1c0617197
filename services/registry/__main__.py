"""`python -m services.registry api|worker|migrate|rebuild|parked`."""

import sys

from services.registry.app import DEFINITION
from shared.process import main

if __name__ == "__main__":
    sys.exit(main(DEFINITION))
