"""Kafka and PostgreSQL of one stack, through whichever door: as programs for the supervisor, as containers, or as somebody
else's."""

from dataclasses import dataclass
from pathlib import Path

from deploy.kafka.access import read_access
from deploy.kafka.applied import AccessNotAppliedError, apply
from deploy.local import databases, doors, kafka, postgres
from deploy.local.doors import Door, KafkaServer, PostgresServer
from deploy.local.failures import StackError
from deploy.local.kept import Kept
from deploy.local.layout import Layout
from deploy.local.programs import KAFKA, POSTGRES, Addresses, Program, kafka_program, postgres_program
from deploy.local.supervision import Supervisor
from deploy.local.waiting import wait_until
from shared.events.catalogue import SERVICES

READY_SECONDS = 120.0


@dataclass(frozen=True)
class Servers:
    """Which doors were open when the stack was brought up, and what is behind them; not started yet."""

    kafka_door: Door
    postgres_door: Door
    kafka: KafkaServer
    postgres: PostgresServer

    def addresses(self, kept: Kept) -> Addresses:
        dsn = self.postgres.dsn
        found = {name: databases.addresses(dsn, name, kept.passwords) for name in SERVICES}
        vault = databases.vault_addresses(dsn, kept.passwords)
        return Addresses(self.kafka.broker, kept.kafka_passwords, found, vault)

    def programs(self) -> list[Program]:
        """Those that the supervisor is to run, with their directories prepared."""
        found = []
        if isinstance(self.kafka, kafka.KafkaNode):
            self.kafka.prepare()
            found.append(kafka_program(self.kafka))
        if isinstance(self.postgres, postgres.PostgresNode):
            self.postgres.prepare()
            found.append(postgres_program(self.postgres))
        return found

    def start(self, layout: Layout, supervisor: Supervisor) -> None:
        """Returns when both answer. Raises StackError."""
        supervisor.start_programs([name for name in (KAFKA, POSTGRES) if name in supervisor.states()])
        if self.kafka_door is not Door.NATIVE:
            self.kafka.start()
        if self.postgres_door is not Door.NATIVE:
            self.postgres.start()
        if not wait_until(lambda: postgres.answers(self.postgres.dsn), READY_SECONDS):
            raise StackError(f"PostgreSQL did not come up. {layout.end_of_log(POSTGRES)}")
        if not wait_until(lambda: kafka.answers(self.kafka.broker), READY_SECONDS):
            raise StackError(f"Kafka did not come up. {layout.end_of_log(KAFKA)}")

    def ensure_users(self, kept: Kept) -> None:
        """Every service and agency is a user of Kafka with its own rights, where Kafka knows users. Raises StackError."""
        if self.kafka.broker.security == "plaintext":
            return
        try:
            apply(self.kafka.broker, read_access(), kept.kafka_passwords)
        except AccessNotAppliedError as error:
            raise StackError(str(error)) from error

    def ensure_databases(self, kept: Kept) -> None:
        """Every database is there, and open to its own roles alone."""
        databases.close_to_strangers(self.postgres.dsn)
        for name in SERVICES:
            databases.ensure(self.postgres.dsn, name, kept.passwords)
        databases.ensure_vault(self.postgres.dsn, kept.passwords)


def open_servers(layout: Layout, kept: Kept) -> Servers:
    return Servers(
        doors.door(doors.KAFKA),
        doors.door(doors.POSTGRES),
        doors.open_kafka(layout.kafka, kept.kafka_port, kept.controller_port, kept.node_security),
        doors.open_postgres(Path(kept.postgres_home), kept.postgres_port, kept.superuser_password),
    )
