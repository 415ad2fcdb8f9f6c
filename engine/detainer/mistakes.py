"""What pydantic found wrong with what it was given, in the words of the house. Knows nothing of files.

The same sentences are said of a file, with its line, and of facts that a program hands over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self, get_args

from pydantic import BaseModel, ValidationError

from detainer.errors import Mistake, PartError, Path, did_you_mean


class Told(BaseModel):
    """A model whose mistakes are told in our words: made by hand or from data it raises `PartError`, or what `WRONG` says.

    As part of another pydantic model it raises pydantic's own error, as that wants it.
    """

    WRONG: ClassVar[type[PartError]] = PartError

    def __init__(self, **given: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(given, self_instance=self)
        except (ValidationError, UnicodeEncodeError) as error:
            raise self._wrong(error) from None

    __init__.__pydantic_base_init__ = True  # pyright: ignore[reportFunctionMemberAccess]  # parts of parts go the quick way

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """The model of a mapping, with pydantic's options. Raises as `Told` says."""
        try:
            return super().model_validate(obj, **options)
        except (ValidationError, UnicodeEncodeError) as error:
            raise cls._wrong(error) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """The model of JSON, with pydantic's options. Raises as `Told` says."""
        try:
            return super().model_validate_json(json_data, **options)
        except (ValidationError, UnicodeEncodeError) as error:
            raise cls._wrong(error) from None

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except (ValidationError, UnicodeEncodeError) as error:
            raise self._wrong(error) from None

    def __delattr__(self, name: str) -> None:
        try:
            super().__delattr__(name)
        except ValidationError as error:
            raise self._wrong(error) from None

    @classmethod
    def _wrong(cls, error: ValidationError | UnicodeEncodeError) -> PartError:
        if isinstance(error, UnicodeEncodeError):  # pydantic cannot quote it
            found = [Mistake((), f"found `{error.object}`, expected text that UTF-8 can hold; correct it", alone=True)]
        else:
            found = list(mistakes(error, lambda path: fields_at(cls, path)))
        return cls.WRONG(found[0].path, found[0].message, found)


def mistakes(error: ValidationError, known: Callable[[Path], Iterable[str]]) -> Iterator[Mistake]:
    """Everything that is wrong, in pydantic's order. `known` lists the fields that may stand in the mapping at a path."""
    for item in error.errors(include_url=False, include_context=True):
        path: Path = tuple(part for part in item["loc"] if part != "[key]")
        found, kind, context = item["input"], item["type"], item.get("ctx", {})
        name = str(path[-1]) if path else ""
        if kind == "extra_forbidden":
            message = f"unknown field `{name}`.{did_you_mean(name, known(path[:-1]))}"
            yield Mistake(path, message, of_name=True, alone=True)
        elif kind == "frozen_instance":
            yield Mistake(path, f"`{name}` cannot be changed; make a copy that has it otherwise", alone=True)
        elif kind == "missing":
            yield Mistake(path, f"the field `{name}` is missing; add it", alone=True)
        elif kind == "literal_error":
            expected = str(context["expected"])
            near = did_you_mean(str(found), re.findall(r"'([^']*)'", expected)) if isinstance(found, str) else ""
            yield Mistake(path, f"found {show(found)}, expected {expected}.{near if 'Did' in near else ''}")
        elif kind == "value_error":
            yield Mistake(path, str(context["error"]), alone=not path or isinstance(path[-1], int))
        else:
            yield Mistake(path, f"found {show(found)}, {_plain(item['msg'])}")


def fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """The fields that may stand in the mapping at `path` of a model's data, by the names that files have for them."""
    for part in path:
        if isinstance(part, str):
            model = _model_of(model, part) or model
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_of(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    def inside(annotation: Any) -> type[BaseModel] | None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        return next((found for part in get_args(annotation) if (found := inside(part))), None)

    info = model.model_fields.get(name)
    return inside(info.annotation) if info else None


def _plain(message: str) -> str:
    message = message[0].lower() + message[1:]
    if "valid dictionary" in message or "instance of" in message:
        return "expected a mapping with fields below it"
    message = message.replace("input should be", "expected").replace("a valid integer", "a whole number")
    return message.replace("valid ", "").replace("tuple", "list")


def show(value: Any) -> str:
    """A found value as its author wrote it, cut to a readable length."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else _on_one_line(value)
    return f"`{text[:60]}{'…' if len(text) > 60 else ''}`"


def _on_one_line(value: Any) -> str:
    return " ".join(str(value).split())
