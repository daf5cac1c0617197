"""The whole stack on one machine: up, down, and gone. Asking for what is already so does nothing."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import bring_up, kept, leftovers
from deploy.local.cache import locked
from deploy.local.doors import Door
from deploy.local.failures import StackError
from deploy.local.health import ready_services
from deploy.local.kept import Kept
from deploy.local.layout import Layout, program_name, services_and_roles
from deploy.local.private import write_private
from deploy.local.programs import KAFKA, POSTGRES, supervisor_conf
from deploy.local.say import say, step
from deploy.local.servers import open_servers
from deploy.local.stack_file import StackFile, read_stack
from deploy.local.supervision import Supervisor
from deploy.local.tokens import write_tokens


def up(data: Path, port_base: int | None = None) -> StackFile:
    """Brings everything up, with fresh tokens, and returns when all of it is ready. Raises StackError; then nothing that it
    started is left."""
    layout = Layout.of(data)
    _make_directories(layout)
    with locked(layout.data):
        supervisor = Supervisor(layout)
        chosen = kept.read(layout)
        if chosen is None or not supervisor.answers():
            return _start(layout, chosen, supervisor, port_base)
        if port_base not in (None, chosen.port_base):
            raise StackError(f"the stack in {layout.data} is running, with the port base {chosen.port_base}")
        if (running := _complete(layout, supervisor)) is not None:
            say("the stack is already running")
            write_tokens(layout, running)
            return running
        say("· going on with a stack that is partly up")
        found = bring_up.bring_up(layout, chosen, supervisor, open_servers(layout, chosen))
        write_tokens(layout, found)
        return found


def down(data: Path, *, purge: bool = False) -> bool:
    """Stops everything, in order: who writes first, who keeps last. Returns whether anything was running. `purge` also removes
    everything that the stack kept."""
    layout = Layout.of(data)
    if not layout.kept.exists():
        return False
    with locked(layout.data):
        chosen = kept.read(layout)
        if chosen is None:
            return False
        found = _take_down(layout, chosen, Supervisor(layout))
        if purge:
            _purge(layout, chosen)
    return found


def _start(layout: Layout, before: Kept | None, supervisor: Supervisor, port_base: int | None) -> StackFile:
    if before is not None:
        leftovers.end_leftovers(layout, Path(before.postgres_home))
    chosen = kept.keep(layout, port_base)
    with _down_again_unless_it_worked(layout, chosen, supervisor):
        servers = open_servers(layout, chosen)
        conf = supervisor_conf(layout, bring_up.programs(layout, chosen, servers))
        write_private(layout.supervisor_conf, conf.encode())
        supervisor.start()
        found = bring_up.bring_up(layout, chosen, supervisor, servers)
        write_tokens(layout, found)
        return found


def _complete(layout: Layout, supervisor: Supervisor) -> StackFile | None:
    """The running stack, when all of it is ready."""
    stack = read_stack(layout)
    all_running = all(state.state == "RUNNING" for state in supervisor.states().values())
    if stack is None or not all_running or len(ready_services(stack)) < len(bring_up.SERVICE_PROGRAMS):
        return None
    return stack


def _take_down(layout: Layout, chosen: Kept, supervisor: Supervisor) -> bool:
    running = supervisor.answers()
    if running:
        with step("stopping the processes"):
            supervisor.stop_programs(bring_up.SERVICE_PROGRAMS)
        with step("stopping Kafka and PostgreSQL"):
            supervisor.stop_programs([KAFKA, POSTGRES])
            supervisor.shutdown()
    ended = leftovers.end_leftovers(layout, Path(chosen.postgres_home))
    return _stop_containers(layout, chosen) or running or ended > 0


def _stop_containers(layout: Layout, chosen: Kept, *, remove: bool = False) -> bool:
    stack = read_stack(layout)
    if stack is None or Door.CONTAINER not in (stack.kafka_door, stack.postgres_door):
        return False
    from deploy.local.containers import of_stack

    for container in of_stack(
        layout.kafka if stack.kafka_door is Door.CONTAINER else None,
        Path(chosen.postgres_home) if stack.postgres_door is Door.CONTAINER else None,
    ):
        container.remove() if remove else container.stop()
    return True


def _purge(layout: Layout, chosen: Kept) -> None:
    _stop_containers(layout, chosen, remove=True)
    shutil.rmtree(chosen.postgres_home, ignore_errors=True)
    for name in layout.made_here():  # and nothing else that may lie there
        if name.is_dir():
            shutil.rmtree(name)
        else:
            name.unlink(missing_ok=True)
    for directory in {layout.socket.parent, layout.data}:
        with contextlib.suppress(OSError):  # something else lies there
            directory.rmdir()


def _make_directories(layout: Layout) -> None:
    if not layout.data.exists():
        layout.data.mkdir(parents=True)
        if os.geteuid() == 0:
            layout.data.chmod(0o711)  # PostgreSQL's user passes through
    layout.log.mkdir(mode=0o700, exist_ok=True)
    for service, role in services_and_roles():
        layout.scratch(program_name(service, role)).mkdir(parents=True, exist_ok=True)


@contextmanager
def _down_again_unless_it_worked(layout: Layout, chosen: Kept, supervisor: Supervisor) -> Iterator[None]:
    worked = False
    try:
        yield
        worked = True
    finally:
        if not worked:
            _take_down(layout, chosen, supervisor)
