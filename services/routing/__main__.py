"""`python -m services.routing api|worker|…`."""

import sys

from services.routing.app import DEFINITION
from shared.process import main

if __name__ == "__main__":
    sys.exit(main(DEFINITION))
