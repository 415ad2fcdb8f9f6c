"""What facts are made of: three states, one way in and one way out. Knows no fact by name.

A fact is known to be present, known to be absent (`null`, `[]`, `false`) or unknown. Unknown is said by leaving a fact out: that
is how every way of writing facts says it, and a program may also say `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar, Union, cast, get_args

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, to_json

from detainer.errors import CaseError, Mistake
from detainer.mistakes import Told, show
from detainer.safe import printable
from detainer.saved import read_object


class Unknown(Enum):
    """The type of `UNKNOWN`: a fact that nobody has stated. It is neither true nor false, and never justifies a hold."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    __str__ = __repr__

    def __bool__(self) -> bool:
        raise TypeError("UNKNOWN is neither true nor false; compare with `is UNKNOWN`")


UNKNOWN: Final = Unknown.UNKNOWN


def _is_unknown(value: object) -> bool:
    return value is UNKNOWN


class _KnownPart:
    """What is checked of a fact that may be unknown: `UNKNOWN` itself never reaches the check, see `Facts`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = [part for part in get_args(source) if part is not Unknown]
        return handler(Union[tuple(known)])  # noqa: UP007  # a union of a list built here


T = TypeVar("T")
Maybe = Annotated[T | Unknown, _KnownPart(), Field(exclude_if=_is_unknown)]
"""A fact that may be unknown."""


def _check_writable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"found `{printable(text)}`, expected text that UTF-8 can hold; correct it") from None


class Facts(Told):
    """Frozen facts. An unknown field is an error, because a misspelled fact would silently be an unknown one.

    Whatever is wrong with facts that are given raises `CaseError`, which lists all of it; as part of another pydantic model
    they raise pydantic's own error, as it wants it. Every dump, in every mode and with every option, leaves out what is unknown
    and keeps what is known to be absent, so that it reads back to equal facts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    WRONG = CaseError

    EITHER_OF: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Names that a condition may use for the latest of several dates: ``within_years(c.latest, 10)``."""

    ASKED_BY: ClassVar[dict[str, str]] = {}
    """Facts that can stand in for one another, so that a condition asks for them by a function instead of by name."""

    # -- in ------------------------------------------------------------------------------------------------------------

    @model_validator(mode="before")
    @classmethod
    def _leave_out_the_unknown(cls, data: Any) -> Any:
        if isinstance(data, dict):
            given = cast("dict[str, Any]", data)
            for value in given.values():
                if isinstance(value, str) and not value.isprintable():
                    _check_writable(value)
                elif value is UNKNOWN:
                    may_be = cls._may_be_unknown()
                    return {name: each for name, each in given.items() if each is not UNKNOWN or name not in may_be}
        return cast("Any", data)

    @classmethod
    def _may_be_unknown(cls) -> frozenset[str]:
        """The fields that say by being left out that nothing is known, by all of their names."""
        fields = cls.model_fields.items()
        unknown = {name: info for name, info in fields if isinstance(info.default, Unknown | Facts)}
        return frozenset(each for name, info in unknown.items() for each in (name, info.alias or name))

    def but(self, **facts: Any) -> Self:
        """A copy with other facts, checked like any other; what is `UNKNOWN` is forgotten. Raises `CaseError`.

        A part of the case is replaced as a whole: ``case.but(detainer={"form": "I-247"})`` says nothing else of it.
        """
        return self.model_copy(update=facts)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, checked where facts are updated. Raises `CaseError`, for a misspelled name too."""
        if not update:
            return super().model_copy(deep=deep)
        fields = type(self).model_fields
        names = {info.alias or name: name for name, info in fields.items()}
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        return self.model_validate(kept | {names.get(name, name): value for name, value in update.items()})

    # -- out -----------------------------------------------------------------------------------------------------------

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        """What is known to be absent is stated, so `exclude_none` does not leave it out."""
        written = write(self)
        if info.exclude_none:
            for name, field in type(self).model_fields.items():
                if getattr(self, name) is None and field.default is not None and _is_wanted(name, info):
                    written[_key(name, field, info)] = None
        return written

    def to_dict(self) -> dict[str, Any]:
        """Plain data as a scenario file has it: what says no more than leaving it out does is left out."""
        fields = ((info, info.alias or name, getattr(self, name)) for name, info in type(self).model_fields.items())
        return {name: plain(value) for info, name, value in fields if value != info.default}

    def to_json(self) -> str:
        """`to_dict` as one line of JSON."""
        return to_json(self.to_dict()).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The facts that `to_json` wrote. Raises `DetainerError` for what is no JSON, `CaseError` for what are no such facts."""
        return cls.model_validate(read_object(text, cls.__name__.lower()))

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What is stated, as it would be written to make it again."""
        for name, value in super().__repr_args__():
            info = type(self).model_fields.get(name or "")
            if info is None or value != info.default:
                yield name, value


def _key(name: str, field: FieldInfo, info: SerializationInfo) -> str:
    return name if info.by_alias is False else field.alias or name


def _is_wanted(name: str, info: SerializationInfo) -> bool:
    """Whether a dump asks for a field that holds nothing below it."""
    include: Any = info.include
    exclude: Any = info.exclude
    left_out = exclude is not None and name in exclude and (isinstance(exclude, set) or exclude[name] in (True, ...))
    return (include is None or name in include) and not left_out


def plain(value: Any) -> Any:
    """A fact as a scenario file has it: days as text, lists of words sorted."""
    match value:
        case str() | bool() | int() | None:  # most facts, and the quickest to tell
            return value
        case Facts():
            return value.to_dict()
        case tuple():
            return [plain(each) for each in cast("tuple[Any, ...]", value)]
        case frozenset():
            return sorted(cast("frozenset[str]", value))
        case datetime():
            return value.isoformat(timespec="auto" if value.second or value.microsecond else "minutes")
        case date():
            return value.isoformat()
        case _:
            return value


Kind = TypeVar("Kind", bound=Facts)


def facts_of(given: Kind | Mapping[str, Any], model: type[Kind]) -> Kind:
    """Facts that are given as such, or as a mapping with the same names. Raises `CaseError` for anything else.

    A model that says more than is asked for, such as a scenario where a case is wanted, is taken as it is.
    """
    if isinstance(given, model):
        return given
    if isinstance(given, Mapping):
        return model.model_validate(dict(given))
    message = f"found {show(given)}, expected a `{model.__name__}` or a mapping of its facts"
    raise CaseError((), message, [Mistake((), message, alone=True)])
