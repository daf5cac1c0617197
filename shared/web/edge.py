"""What an HTTP route works with: who asks, what time it is, the body, and the straight way from load to decide to append."""

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from shared.access import Reach, Right
from shared.audit.entry import Entry, by_code
from shared.audit.trail import record
from shared.auth import Principal
from shared.clock import Now
from shared.errors import ConflictError, Fault, InvalidError, NotFoundError, RefusedError, SongtorError, UnavailableError
from shared.logs import REQUEST_ID
from shared.sealer import Sealer
from shared.sight import see
from shared.store import Command, Group, Meta, Store, Stream
from shared.store.alone import Alone, alone
from shared.store.groups import Said
from shared.store.store import Connection
from shared.vault import Vault
from shared.web.audited import REFUSALS, given_again, note, refusal, told
from shared.web.change import Change
from shared.web.kept import first_told, plain, response
from shared.web.position import position_of
from shared.web.problems import faults_of
from shared.web.projected import until_projected
from shared.web.tracing import traceparent

Body = TypeVar("Body", bound=BaseModel)
Found = TypeVar("Found")
Also = Callable[[Any], Awaitable[list[Fault]]]
"""From the raw JSON object to further faults, which are listed beside those of its shape."""

COMMAND_SECONDS = 4.0
CONFLICT_TRIES = 12
SOON_STEP = 0.02


@dataclass(frozen=True, slots=True)
class Edge:
    """One request. `right`: what of the rule's things its caller may touch. `store`: for reads it shows that alone, for writes
    everything, because what is decided is guarded there; `store.seen(None)` shows everything. `command_key` is None for reads,
    and for writes without the header in development."""

    request: Request
    principal: Principal
    right: Right
    now: Now
    store: Store
    _vault: Vault | Sealer | None
    _pepper: bytes
    _soon: float
    raw: bytes = b""
    command_key: str | None = None
    correlation: str = field(default_factory=lambda: REQUEST_ID.get() or str(uuid4()))
    _hashed: list[bytes] = field(default_factory=list)

    @property
    def vault(self) -> Vault:
        if not isinstance(self._vault, Vault):
            raise RuntimeError("this service has no vault that opens")
        return self._vault

    @property
    def sealer(self) -> Sealer:
        """For a service that only seals."""
        if not isinstance(self._vault, Sealer):
            raise RuntimeError("this service is none that only seals")
        return self._vault

    async def body(self, model: type[Body], *, also: Also | None = None) -> Body:
        """The request body, checked. Raises InvalidError with every fault found, of its shape and of `also`."""
        faults: list[Fault] = []
        found: Body | None = None
        try:
            found = model.model_validate_json(self.raw)
        except ValidationError as error:
            faults = faults_of(error)
        raw = orjson.loads(self.raw)
        if also is not None and isinstance(raw, dict):
            named = {fault.pointer for fault in faults}
            faults += [fault for fault in await also(raw) if fault.pointer not in named]
        if faults or found is None:
            raise InvalidError(faults)
        return found

    @property
    def reach(self) -> Reach:
        """What the caller may touch."""
        return self.right.things

    def must_reach(self, province: str, **owners: Any) -> None:
        """`owners` as in `Reach.has`. Raises NotFoundError for what is not for this caller."""
        if not self.reach.has(province, **owners):
            raise NotFoundError

    @contextlib.asynccontextmanager
    async def reading(self, reach: Reach | None = None) -> AsyncIterator[Connection]:
        """A connection that is shown what the caller may touch alone, whatever is asked of it. `reach` is for what is the same
        for everybody, as the nation's figures are."""
        async with self.store.connection() as connection, connection.transaction():
            await see(connection, (reach or self.reach).sight)
            yield connection

    async def audited(
        self, *, action: str | None = None, person_ref: UUID | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        """Writes down that the caller is about to see something: personal data is given out only after this. `action` is the
        rule's name unless given; `details` holds nothing personal. Raises UnavailableError `audit_unavailable`."""
        entry = replace(self._entry, person_ref=person_ref, details=dict(details or {}))
        await record(self.store, entry if action is None else replace(entry, action=action))

    @property
    def _entry(self) -> Entry:
        return told(self.principal, self.right.rule, self.correlation)

    async def audit_refused(self, refused: SongtorError) -> None:
        await note(self.store, refusal(self._entry, refused, self.request.path_params))

    async def audit_replayed(self, status: int, location: str | None) -> None:
        """`location`: of what the first answer was about."""
        await note(self.store, given_again(self._entry, status, location, self.request.path_params))

    async def soon(self, look: Callable[[], Awaitable[Found | None]]) -> Found | None:
        """What `look` finds, within `unknown_seconds`: what another service said may still be on its way."""
        end = asyncio.get_running_loop().time() + self._soon
        while (found := await look()) is None and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(SOON_STEP)
        return found

    async def stream(self, stream: UUID, *, wait: bool = False) -> Stream:
        """All that is known of a stream. Raises NotFoundError for an unknown one; with `wait` only after a second."""

        async def look() -> Stream | None:
            return await self.store.load(stream) or None

        found = await (self.soon(look) if wait else look())
        if found is None:
            raise NotFoundError
        return found

    async def projected(self, projection: str) -> None:
        """Returns when a projection shows all that the store held at this moment. Raises NotYetVisibleError after 10 s."""
        await until_projected(self.store, projection)

    async def write(self, decide: Callable[[], Awaitable[Change]]) -> Response:
        """Decides and stores, once for one command key. `decide` loads and decides; it is called again when something came in
        between. The same key and body again give the first answer."""
        replay = await self.replayed(self.command_key)
        if replay is not None:
            return replay
        for _ in range(CONFLICT_TRIES):
            try:
                kept, replayed = await self._store(await decide(), self.command_key)
            except REFUSALS as refused:
                # The same command may have been stored since, and be the reason.
                replay = await self.replayed(self.command_key)
                if replay is not None:
                    return replay
                if not isinstance(refused, ConflictError):
                    raise
            else:
                return await self._answer(kept, replayed=replayed)
        raise UnavailableError("busy", "others change the same thing; try again")

    async def write_alone(self, decide: Callable[[Alone, datetime], Awaitable[Change]]) -> Response:
        """Like `write`, but decided while nothing else can be appended, and so once. `decide` is given the moment, too, which is
        the request's own where that is played."""
        replay = await self.replayed(self.command_key)
        if replay is not None:
            return replay
        try:
            async with alone(self.store) as by_itself:
                at = self.now.at if self.now.played else by_itself.at
                change = await decide(by_itself, at)
                said = change.said(at)
                kept, command = self._kept_with(change, said, self.command_key)
                kept, replayed = first_told(kept, await by_itself.append(self._group(said, change, command)))
        except REFUSALS:
            replay = await self.replayed(self.command_key)
            if replay is not None:
                return replay
            raise
        return await self._answer(kept, replayed=replayed)

    async def write_item(self, item: int, decide: Callable[[], Awaitable[Change]]) -> dict[str, Any]:
        """One item of a bulk request, a command of its own under the key, a newline and its number: no header can hold a
        newline, so it is nobody else's key. Returns what is kept of it: `status`, `body`, `position`. Raises what `decide`
        raises."""
        key = None if self.command_key is None else f"{self.command_key}\n#{item}"
        for _ in range(CONFLICT_TRIES):
            kept = await self._kept(key)
            if kept is not None:
                return kept
            try:
                return (await self._store(await decide(), key))[0]
            except ConflictError:
                continue
            except REFUSALS:
                kept = await self._kept(key)
                if kept is not None:
                    return kept
                raise
        raise UnavailableError("busy", "others change the same thing; try again")

    async def keep(self, answer: dict[str, Any], position: str | None, refused: Sequence[str] = ()) -> Response:
        """The answer of a bulk request as a whole (`items`), kept so that it can be given again, and its entry in the trail: each
        item that was done has one of its own. `refused`: a code for each that was not."""
        kept: dict[str, Any] = {"status": 200, "body": answer, "location": None, "position": position}
        entry = replace(self._entry, details={"items": len(answer["items"]), **by_code(refused)})
        if self.command_key is None:
            await record(self.store, entry)
            return response(kept, replayed=False)
        command = self._command(self.command_key, kept)
        group = Group((), self._meta(), command=command, deadline=self._deadline(), audit=entry)
        kept, replayed = first_told(kept, await self.store.append(group))
        return await self._answer(kept, replayed=replayed)

    def group(self, change: Change) -> Group:
        """For who stores many at once, each for itself and under no command key; how long they wait is his to say."""
        return replace(self._group(change.said(self.now.at), change, None), deadline=None)

    def keyed(self, words: bytes) -> bytes:
        """A hash by which the same words are known again, and which says nothing of them without the pepper."""
        return hmac.digest(self._pepper, words, "sha256")

    async def replayed(self, key: str | None) -> Response | None:
        """The first answer to a command key. Raises RefusedError 422 `idempotency_key_reused` if the body is another."""
        kept = await self._kept(key)
        return None if kept is None else await self._answer(kept, replayed=True)

    async def _answer(self, kept: dict[str, Any], *, replayed: bool) -> Response:
        if replayed:
            await self.audit_replayed(kept["status"], kept["location"])
        return response(kept, replayed=replayed)

    async def _kept(self, key: str | None) -> dict[str, Any] | None:
        kept = None if key is None else await self.store.kept_answer(key)
        if kept is None:
            return None
        if not hmac.compare_digest(kept.body_hash, self._body_hash()):
            raise RefusedError("idempotency_key_reused", "the key was used with another body", status=422)
        found: dict[str, Any] = orjson.loads(kept.answer)
        return found

    async def _store(self, change: Change, key: str | None) -> tuple[dict[str, Any], bool]:
        said = change.said(self.now.at)
        kept, command = self._kept_with(change, said, key)
        return first_told(kept, await self.store.append(self._group(said, change, command)))

    def _kept_with(self, change: Change, said: Sequence[Said], key: str | None) -> tuple[dict[str, Any], Command | None]:
        """The answer, and the command under which it is kept to be given again."""
        kept = {
            "status": change.status,
            "body": change.answer,
            "location": change.location,
            "position": position_of(self.store.service, said),
        }
        return kept, None if key is None else self._command(key, kept)

    def _group(self, said: Sequence[Said], change: Change, command: Command | None) -> Group:
        return Group(
            said=said,
            meta=self._meta(),
            known=[(stream.id, stream.known) for stream in change.decided_on],
            claims=change.claims,
            command=command,
            deadline=self._deadline(),
            audit=replace(self._entry, person_ref=change.about, status=change.status),
        )

    def _meta(self) -> Meta:
        parent = traceparent(self.request.headers.get("traceparent"))
        return Meta(self.principal.actor, self.correlation, played=self.now.played, traceparent=parent)

    def _command(self, key: str, kept: dict[str, Any]) -> Command:
        return Command(key, self._body_hash(), orjson.dumps(kept).decode())

    def _body_hash(self) -> bytes:
        """Keyed, so that the hash betrays nothing of a body with few possible contents. Worked out once: a bulk request asks for
        it with each of its items."""
        if not self._hashed:
            body = orjson.dumps(plain(orjson.loads(self.raw)), option=orjson.OPT_SORT_KEYS)
            self._hashed.append(self.keyed(body))
        return self._hashed[0]

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + COMMAND_SECONDS
