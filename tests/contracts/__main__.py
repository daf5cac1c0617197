"""`python -m tests.contracts`: keeps a sample and the schema of what is new in the catalogue. It never rewrites a sample, and
refuses a schema that could not read what the kept one wrote."""

import json
import sys

from shared.events.catalogue import EVENTS
from shared.events.contract import Event
from tests.contracts.compatibility import incompatibilities
from tests.contracts.examples import EXAMPLES
from tests.contracts.kept import SAMPLES, SCHEMAS, file_of, kept_schema, schema_of, written


def main() -> int:
    refused = [line for event in EVENTS for line in _keep_schema(event)]
    for example in EXAMPLES:
        _keep_sample(example)
    for line in refused:
        print(line, file=sys.stderr)
    return 1 if refused else 0


def _keep_schema(event: type[Event]) -> list[str]:
    path, now = SCHEMAS / file_of(event, event.VERSION), schema_of(event)
    if path.exists() and (lost := incompatibilities(kept_schema(event, event.VERSION), now)):
        return [f"{event.TYPE}{fault}: this needs version {event.VERSION + 1} and an upcaster" for fault in lost]
    if not path.exists() or json.loads(path.read_text(encoding="utf-8")) != now:
        path.write_text(written(now), encoding="utf-8")
        print(path)
    return []


def _keep_sample(example: Event) -> None:
    path = SAMPLES / file_of(type(example), example.VERSION)
    if not path.exists():
        path.write_text(written(json.loads(example.to_json())), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    sys.exit(main())
