"""Whether whoever reads the new shape of an event can read everything written in the old one, and reads the same in it."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_SAID_ELSEWHERE = {"properties", "required", "anyOf", "enum", "items", "default", "x-contains", "$defs", "description"}
_MAY_GROW = {"maximum", "maxLength"}
_MAY_SHRINK = {"minimum", "minLength"}


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """What an event written under `old` would lose, or mean otherwise, under `new`: empty when only optional fields, values of
    an enumeration or width were added. Both are JSON Schemas with their `$defs`."""
    return list(_Comparison(old, new).differences("", old, new))


class _Comparison:
    """Two documents, for looking up what a `$ref` means in each."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def differences(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if "anyOf" in old or "anyOf" in new:
            yield from self._choices(at, old, new)
            return
        yield from _scalars(at, old, new)
        yield from self._fields(at, old, new)
        if "items" in old and "items" in new:
            yield from self.differences(f"{at}[]", old["items"], new["items"])

    def _choices(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        choices = new.get("anyOf", [new])
        for choice in old.get("anyOf", [old]):
            if all(any(self.differences(at, choice, other)) for other in choices):
                yield f"{at}: no longer takes {choice}"

    def _fields(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        before, now = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in now:
                yield f"{at}/{name}: is gone"
                continue
            yield from self.differences(f"{at}/{name}", before[name], now[name])
            if name not in old.get("required", ()) and before[name].get("default") != now[name].get("default"):
                yield f"{at}/{name}: is read otherwise where it was not written"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{at}/{name}: is now required"


def _resolved(node: Schema, document: Schema) -> Schema:
    if "$ref" not in node:
        return node
    name = str(node["$ref"]).rsplit("/", 1)[-1]
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**document["$defs"][name], **beside}


def _scalars(at: str, old: Schema, new: Schema) -> Iterator[str]:
    if not set(old.get("enum", ())) <= set(new.get("enum", old.get("enum", ()))) or ("enum" in new and "enum" not in old):
        yield f"{at}: no longer takes every value of {old.get('enum', 'before')}"
    if not set(old.get("x-contains", ())) <= set(new.get("x-contains", ())):
        yield f"{at}: no longer contains {old['x-contains']}"
    for key in sorted((set(old) | set(new)) - _SAID_ELSEWHERE):
        before, now = old.get(key), new.get(key)
        wider = before is not None and (
            now is None or (key in _MAY_GROW and now >= before) or (key in _MAY_SHRINK and now <= before)
        )
        if before != now and not (key in _MAY_GROW | _MAY_SHRINK and wider):
            yield f"{at}: {key} was {before}, is {now}"
