"""PyPI `eventsourcing` storing the like of our event, as its documentation has it: an application, an aggregate, a thread per
caller, a pool with a connection for each."""

import threading
import time
from typing import Self
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

NAME = "bench_peer"


class ServiceUnit(Aggregate):
    """The same fields as our ServiceUnitOpened has."""

    @event("Opened")
    def __init__(self, name: str, province: str, area_code: str, opened_on: str) -> None:
        self.name, self.province, self.area_code, self.opened_on = name, province, area_code, opened_on


class Peer:
    """An application on a database of its own in the same server."""

    def __init__(self, superuser_dsn: str) -> None:
        self._dsn = superuser_dsn
        place = conninfo_to_dict(superuser_dsn)
        self._env = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": NAME,
            "POSTGRES_HOST": str(place["host"]),
            "POSTGRES_PORT": str(place["port"]),
            "POSTGRES_USER": str(place["user"]),
            "POSTGRES_PASSWORD": str(place["password"]),
            "POSTGRES_POOL_SIZE": "70",
            "POSTGRES_MAX_OVERFLOW": "20",
        }

    def __enter__(self) -> Self:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {NAME}")
        self._application: Application[UUID] = Application(self._env)
        return self

    def __exit__(self, *_: object) -> None:
        self._application.close()

    def rate(self, callers: int, seconds: float) -> float:
        """Events a second."""
        self._save()
        counts = [0] * callers
        end = time.perf_counter() + seconds

        def work(caller: int) -> None:
            while time.perf_counter() < end:
                self._save()
                counts[caller] += 1

        threads = [threading.Thread(target=work, args=(caller,)) for caller in range(callers)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.perf_counter() - begun)

    def _save(self) -> None:
        unit = ServiceUnit(name="บ้านคลองนิยม", province="24", area_code="240409", opened_on="2021-05-07")
        self._application.save(unit)
