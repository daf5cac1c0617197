"""`python -m shared.events`: writes the contract's documents, and nothing else."""

import argparse
from pathlib import Path

from shared.events.documents import asyncapi
from shared.events.page import events_markdown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shared.events", description="Writes events.md and asyncapi.yaml.")
    parser.add_argument("--into", type=Path, default=Path("docs"), help="directory (default: docs)")
    into: Path = parser.parse_args().into
    for name, text in (("events.md", events_markdown()), ("asyncapi.yaml", asyncapi())):
        (into / name).write_text(text, encoding="utf-8")
        print(into / name)


if __name__ == "__main__":
    main()
