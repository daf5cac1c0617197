"""A file as it comes in: multipart/form-data written to a private place on the disk as it arrives, never held in memory, refused
as soon as it is too large. What is in it is not looked at here."""

import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated

from fastapi import Depends, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import Fault, InvalidError, MalformedError
from shared.web import Edge
from shared.web.refusals import refuses, refuses_all
from shared.web.requests import TAKING, state_of, taking

FILE_BYTES = 20 * 1024 * 1024
AROUND_BYTES = 64 * 1024
"""For what a form has around its file."""
FIELD = "file"
PREFIX = "songtor-upload-"
LEFT_SECONDS = 3600.0
_DISPOSITION = b"content-disposition"


class Upload:
    """The file of one request. It is there until `discard`."""

    def __init__(self, place: Path) -> None:
        handle, name = mkstemp(prefix=PREFIX, dir=place)
        self.path = Path(name)
        self.size = 0
        self._out = open(handle, "wb")  # noqa: SIM115 it is open for as long as the request comes in
        self._hash = hashlib.sha256()
        self._fields: list[str] = []

    @property
    def sha256(self) -> bytes:
        return self._hash.digest()

    async def take(self, request: Request) -> bytes:
        """Reads the request. Raises MalformedError: 413 `body_too_large`, 415, 400 `invalid_multipart`. The body that the edge is
        given is nobody's JSON and stays empty."""
        form = _Form(self)
        parser = MultipartParser(_boundary(request), form.callbacks())  # type: ignore[arg-type]  # its type names every callback
        taken = 0
        try:
            async for chunk in request.stream():
                taken += len(chunk)
                if taken > FILE_BYTES + AROUND_BYTES:
                    raise _too_large()
                parser.write(chunk)
        except FormParserError:
            raise _no_form() from None
        if not form.whole:
            raise _no_form()
        self._out.close()
        return b"{}"

    def add(self, part: memoryview) -> None:
        self.size += len(part)
        if self.size > FILE_BYTES:
            raise _too_large()
        self._hash.update(part)
        self._out.write(part)

    def has_field(self, name: str) -> None:
        self._fields.append(name)

    def must_be_one_file(self) -> None:
        """Raises InvalidError for a form without a file, with two, or with other fields."""
        faults = [Fault("/*", "unknown_field", "there is no such field") for name in self._fields if name != FIELD][:1]
        if self._fields.count(FIELD) != 1:
            code, words = ("invalid", "one file only") if FIELD in self._fields else ("required", "must be given")
            faults.append(Fault(f"/{FIELD}", code, words))
        if faults:
            raise InvalidError(faults)

    def discard(self) -> None:
        self._out.close()
        self.path.unlink(missing_ok=True)


class _Form:
    """What the parser tells of the parts of a form."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._name, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._in_file = False
        self.whole = False

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._headers,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._disposition = b""

    def _header(self) -> None:
        if bytes(self._name).strip().lower() == _DISPOSITION:
            self._disposition = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._in_file = name == FIELD
        self._upload.has_field(name)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._upload.add(memoryview(data)[start:end])

    def _end(self) -> None:
        self.whole = True


def _boundary(request: Request) -> bytes:
    """Of the form. Also from the headers alone: what is too large is not read at all."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > FILE_BYTES + AROUND_BYTES:
        raise _too_large()
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        raise MalformedError("unsupported_media_type", "the body must be multipart/form-data with a file", status=415)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _no_form()
    return boundary


def _too_large() -> MalformedError:
    return MalformedError("body_too_large", f"a file has at most {FILE_BYTES} bytes", status=413)


def _no_form() -> MalformedError:
    return MalformedError("invalid_multipart", "the body is no whole form")


def uploads(data_dir: Path) -> Path:
    """The directory of uploaded files: nobody else's to look into."""
    place = data_dir / "uploads"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def sweep(place: Path) -> None:
    """Removes what a process left that was killed while a file came in."""
    for left in place.glob(f"{PREFIX}*"):
        if left.stat().st_mtime < time.time() - LEFT_SECONDS:
            left.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request with a file."""

    edge: Edge
    upload: Upload


@refuses_all(TAKING)
@refuses(400, "invalid_multipart")
@refuses(413, "body_too_large")
@refuses(415, "unsupported_media_type")
async def sent(request: Request) -> AsyncIterator[Sent]:
    upload = Upload(uploads(state_of(request).settings.data_dir))
    try:
        async with asynccontextmanager(taking(upload.take))(request) as edge:
            yield Sent(edge, upload)
    finally:
        upload.discard()


SentFile = Annotated[Sent, Depends(sent)]
