"""From a request with a file to an import that runs, once for one command key, and to its answer."""

import asyncio
import contextlib

from fastapi import Response

from shared.errors import NotFoundError, RefusedError, UnavailableError
from shared.ids import new_id
from shared.imports import file, standing
from shared.imports.answers import begun, whole
from shared.imports.kind import ImportKind
from shared.imports.running import Imports, Job, imports_of
from shared.imports.standing import Standing
from shared.imports.upload import Sent
from shared.sheets.reading import Sheet, read_sheet

LOOK_EVERY = 0.2
_SENT = b"import 1\0"


async def take_in(kind: ImportKind, sent: Sent, *, dry_run: bool, at_once: bool) -> Response:
    """`at_once`: the answer says only that it has begun. The same key again gives the first answer, and waits for it where that
    is not yet known; one that failed is begun again under its own id, and so are dry runs, which are not kept.

    Raises InvalidError, RefusedError 422 `idempotency_key_reused`, UnavailableError."""
    sent.upload.must_be_one_file()
    taking = _Taking(kind, sent, None if dry_run else sent.edge.command_key)
    while True:
        earlier = await taking.earlier()
        if earlier is None or earlier.state == "failed":
            found = await taking.begin(earlier, dry_run=dry_run)
            if found is None:
                continue  # by somebody else, at this very moment
            one, task = found
            if not at_once:
                await asyncio.shield(task)
                one = await taking.again(one)
            return begun(one, replayed=False) if at_once else await whole(sent.edge.store, one, replayed=False)
        if at_once:
            await sent.edge.audit_replayed(202, f"/imports/{earlier.id}")
            return begun(earlier, replayed=True)
        if earlier.state == "done":
            await sent.edge.audit_replayed(200, f"/imports/{earlier.id}")
            return await whole(sent.edge.store, earlier, replayed=True)
        await asyncio.sleep(LOOK_EVERY)


class _Taking:
    def __init__(self, kind: ImportKind, sent: Sent, key: str | None) -> None:
        self._kind, self._edge, self._upload, self._key = kind, sent.edge, sent.upload, key
        self._digest = sent.edge.keyed(_SENT + sent.upload.sha256)

    async def earlier(self) -> Standing | None:
        """What the command has begun before. Raises RefusedError if with another file; what failed is not kept."""
        one = None if self._key is None else await standing.by_key(self._edge.store, self._key)
        if one is not None and one.state != "failed" and one.sent != self._digest:
            raise RefusedError("idempotency_key_reused", "the key was used with another file", status=422)
        return one

    async def begin(self, failed: Standing | None, *, dry_run: bool) -> tuple[Standing, asyncio.Task[None]] | None:
        """None where somebody was faster."""
        imports = imports_of(self._edge.request)
        imports.must_have_room()
        async with imports.reading:
            sheet = await read_sheet(self._upload.path, self._kind.columns)
        started = None
        try:
            started = await self._started(imports, sheet, failed, dry_run=dry_run)
        finally:
            if started is None:
                sheet.close()
        return started

    async def _started(
        self, imports: Imports, sheet: Sheet, failed: Standing | None, *, dry_run: bool
    ) -> tuple[Standing, asyncio.Task[None]] | None:
        one = await self._inserted(sheet.total, failed, dry_run=dry_run)
        if one is None:
            return None
        try:
            await file.keep(self._edge.store, self._edge.vault, one, self._upload.path)
        except UnavailableError as error:
            with contextlib.suppress(UnavailableError):
                await standing.end(self._edge.store, one, "failed", error.code)
            raise
        return one, imports.start(Job(one, self._kind, self._edge, sheet, self._kind.importer(self._edge, dry_run)))

    async def _inserted(self, total: int, failed: Standing | None, *, dry_run: bool) -> Standing | None:
        store = self._edge.store
        if failed is not None:
            return await standing.begin_again(store, failed, sent=self._digest, total=total)
        return await standing.begin(
            store,
            new_id(),
            actor=self._edge.principal.actor,
            action=self._edge.right.rule.name,
            key=self._key,
            sent=self._digest,
            dry_run=dry_run,
            total=total,
        )

    async def again(self, one: Standing) -> Standing:
        """As it stands when it has ended."""
        found = await standing.by_id(self._edge.store, one.id)
        if found is None:
            raise NotFoundError
        return found
