"""`python -m services.reporting api|worker|…`."""

import sys

from services.reporting.app import DEFINITION
from shared.process import main

if __name__ == "__main__":
    sys.exit(main(DEFINITION))
