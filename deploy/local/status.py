"""How a stack is, for people and as JSON for programs; and its logs."""

import json
import subprocess
from dataclasses import asdict
from pathlib import Path

from deploy.local.failures import StackError
from deploy.local.health import Health, health_of
from deploy.local.layout import Layout
from deploy.local.stack_file import read_stack

NOT_READY = 3


def show_status(data: Path, *, as_json: bool) -> int:
    """Prints it. Returns 0 when everything is ready, else 3."""
    layout = Layout.of(data)
    found = health_of(layout) or {}
    ready = bool(found) and all(health.ready for health in found.values())
    print(_json(layout, found, ready) if as_json else _table(layout, found))
    return 0 if ready else NOT_READY


def follow_logs(data: Path, service: str | None, *, lines: int, follow: bool) -> None:
    """Shows the end of the logs: of one process, of both of a service, or of all. Raises StackError."""
    layout = Layout.of(data)
    logs = sorted(
        log for log in layout.log.glob("*.log") if service is None or log.stem.split("-")[0] == service or log.stem == service
    )
    if not logs:
        raise StackError(f"there is no log {'yet' if service is None else f'of {service}'} in {layout.log}")
    subprocess.run(["tail", "-n", str(lines), *(["-F"] if follow else []), *map(str, logs)], check=False)


def _json(layout: Layout, found: dict[str, Health], ready: bool) -> str:
    stack = read_stack(layout)
    return json.dumps(
        {
            "ready": ready,
            "running": any(health.pid for health in found.values()),
            "data": str(layout.data),
            "kafka_bootstrap": stack.kafka_bootstrap if stack else None,
            "tokens": str(layout.tokens),
            "services": {name: asdict(service) for name, service in stack.services.items()} if stack else {},
            "processes": {name: asdict(health) for name, health in found.items()},
        },
        indent=1,
    )


def _table(layout: Layout, found: dict[str, Health]) -> str:
    if not found:
        return f"there is no stack in {layout.data}"
    lines = [f"{'process':18} {'state':10} {'pid':>8} {'ready':5} address"]
    for name, health in found.items():
        wrong = "" if health.ready or not health.pid else "  " + ", ".join(f"{k}: {v}" for k, v in health.failing.items())
        pid = health.pid or "-"
        lines.append(f"{name:18} {health.state.lower():10} {pid:>8} {'yes' if health.ready else 'no':5} {health.address}{wrong}")
    if layout.tokens.exists():
        lines.append(f"tokens for the services, by name: {layout.tokens}")
    return "\n".join(lines)
