"""One Kafka broker on this machine (a single KRaft node): its settings, its command, and starting and stopping it for those
who do not have a supervisor."""

import shutil
import signal
import subprocess
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr

from deploy.local.failures import StackError
from deploy.local.kafka_jars import HERE, Jars
from deploy.local.kafka_security import ADMIN, CA, NodeSecurity, write_certificates
from deploy.local.ports import refuse_taken
from deploy.local.private import write_private
from deploy.local.processes import Running
from deploy.local.waiting import wait_until
from shared.broker import Broker

# One for all: a node knows its own ports, and a random id may begin with a dash, which Kafka's tools cannot read.
CLUSTER_ID = "c29uZ3Rvci1vbmUtbm9kZQ"
READY_SECONDS = 60.0
STOP_SECONDS = 20.0
MEMORY = ("-Xmx512m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

# A broker that was killed is let in again only when its session is over: 3 s instead of 9. A group of one needs no
# waiting for others to join. Fewer internal partitions start faster.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners={listener}://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners={listener}://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name={listener}
listener.security.protocol.map=CONTROLLER:{controller},{listener}:{listener}
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


class KafkaNode:
    """A broker that keeps its data in `home` and listens on two ports of the loopback. Without `security` everybody may
    everything; that cannot be changed once there is data."""

    def __init__(self, home: Path, port: int, controller_port: int, jars: Jars, security: NodeSecurity | None = None) -> None:
        self.home, self.port, self.controller_port, self._jars = home, port, controller_port, jars
        self._security = security
        self._running: Running | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def broker(self) -> Broker:
        """As its admin."""
        if self._security is None:
            return Broker(self.bootstrap)
        password = SecretStr(self._security.admin_password)
        ca = self.home / CA if self._security.protocol == "sasl_ssl" else None
        return Broker(self.bootstrap, self._security.protocol, ADMIN, password, ca)

    @property
    def environment(self) -> dict[str, str]:
        return {"CLASSPATH": self._jars.class_path}

    def command(self, *options: str) -> list[str]:
        """Starts the broker in the foreground; `prepare` comes first, `environment` goes with it."""
        return [*_java(self._jars, self.home), *(options or self._faster()), "kafka.Kafka", str(self.home / "server.properties")]

    def _faster(self) -> list[str]:
        archive = self._jars.archive
        return [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"] if archive.exists() else []

    def prepare(self) -> None:
        """Writes the settings, and formats the storage unless that was done before: what is stored stays."""
        data = self.home / "data"
        if any(sign in str(data) for sign in ",\\\n"):
            raise StackError(f"Kafka cannot keep its data in {data}: no comma, backslash or line break may be in the path")
        self.home.mkdir(parents=True, exist_ok=True)
        self.write_properties()
        if (data / "meta.properties").exists():
            return
        formatted = self._jars.formatted
        if formatted.exists() and self._security is None:
            shutil.copytree(formatted, data, dirs_exist_ok=True)
        else:
            self.format_storage()

    def write_properties(self) -> None:
        data = self.home / "data"
        if self._security is None:
            text = plain_properties(data, self.port, self.controller_port)
        else:
            write_certificates(self.home)
            listeners = {"listener": self._security.protocol.upper(), "controller": "SSL"}
            text = PROPERTIES.format(data=data, port=self.port, controller_port=self.controller_port, **listeners)
            text += self._security.properties(self.home)
        write_private(self.home / "server.properties", text.encode())

    def format_storage(self) -> None:
        """Raises StackError. Its arguments hold a password, so they come from a file: everybody may see a command line."""
        storage = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(self.home / "server.properties")]
        storage += ["--add-scram", self._security.first_user] if self._security else []
        arguments = self.home / "format-arguments"
        write_private(arguments, "\n".join(f'"{argument}"' for argument in storage).encode())
        command = [*_java(self._jars, self.home), *self._faster(), f"@{arguments}"]
        try:
            done = subprocess.run(
                command, env=self.environment, capture_output=True, text=True, timeout=READY_SECONDS, check=False, cwd="/"
            )
        finally:
            arguments.unlink()
        if done.returncode != 0:
            raise StackError(f"Kafka's storage could not be formatted:\n{(done.stdout + done.stderr)[-2000:]}")

    def start(self) -> None:
        """Starts the broker and waits until it answers. Raises StackError."""
        refuse_taken([self.port, self.controller_port])
        self.prepare()
        self._running = Running(self.command(), self.home / "kafka.log", env=self.environment)
        if not wait_until(lambda: self._answers_or_died(), READY_SECONDS) or not self._running.alive():
            self._running.end(signal.SIGKILL, STOP_SECONDS)
            raise self._running.failed("Kafka")

    def stop(self) -> None:
        """Asks it to stop, and kills it when it does not."""
        if self._running is not None:
            self._running.end(signal.SIGTERM, STOP_SECONDS)

    def kill(self) -> None:
        """kill -9: what a crash does."""
        self.send(signal.SIGKILL)
        if self._running is not None:
            self._running.wait(STOP_SECONDS)

    def send(self, number: signal.Signals) -> None:
        if self._running is not None:
            self._running.send(number)

    def alive(self) -> bool:
        return self._running is not None and self._running.alive()

    def _answers_or_died(self) -> bool:
        return not self.alive() or answers(self.broker)


def plain_properties(data: Path, port: int, controller_port: int) -> str:
    """Settings of a broker where everybody may everything."""
    listeners = {"listener": "PLAINTEXT", "controller": "PLAINTEXT"}
    return PROPERTIES.format(data=data, port=port, controller_port=controller_port, **listeners)


def answers(broker: Broker, seconds: float = 1.0) -> bool:
    """Whether a broker is there, knows us and names itself."""
    admin = AdminClient(broker.for_confluent() | {"socket.timeout.ms": int(seconds * 1000)})
    try:
        return bool(admin.list_topics(timeout=seconds).brokers)
    except KafkaException:
        return False


def _java(jars: Jars, home: Path) -> list[str]:
    return [jars.java, *MEMORY, f"-Dkafka.logs.dir={home}", f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"]
