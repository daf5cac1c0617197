"""`python -m deploy.kafka`: users and rights on a broker, or as files for the Strimzi operator; both from `access.toml`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from deploy.kafka import passwords
from deploy.kafka.access import AccessFileError, read_access
from deploy.kafka.applied import AccessNotAppliedError, apply
from shared.settings import KafkaSettings


def main(argv: list[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0 done, 1 not possible (and why), 2 wrong usage."""
    given = _parser().parse_args(argv)
    try:
        given.run(given)
    except (AccessFileError, AccessNotAppliedError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.kafka", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    applying = commands.add_parser(
        "apply",
        help="make users and rights on a broker; again changes nothing",
        description="As the admin, whom the settings SONGTOR_KAFKA_SECURITY, _USER, _PASSWORD and _CA name.",
    )
    applying.add_argument("bootstrap", help="host:port of one or more brokers, separated by commas")
    applying.add_argument("--passwords", type=Path, required=True, help="JSON of passwords by user; made, or completed")
    applying.set_defaults(run=_apply)
    commands.add_parser("strimzi", help="write deploy/kafka/strimzi/").set_defaults(run=_strimzi)
    return parser


def _apply(given: argparse.Namespace) -> None:
    users = read_access()
    broker = replace(KafkaSettings().broker, bootstrap=given.bootstrap)
    done = apply(broker, users, passwords.keep(given.passwords, [user.name for user in users]))
    print(f"{len(users)} users; {done.given} rights given, {done.taken} taken")
    for stranger in done.strangers:
        print(f"! {stranger} has rights, and is not in access.toml", file=sys.stderr)


def _strimzi(_: argparse.Namespace) -> None:
    from deploy.kafka import strimzi  # needs PyYAML, which only developers have

    strimzi.write()


if __name__ == "__main__":
    sys.exit(main())
