"""The facts of one person in one jail: what a scenario says and a rule may ask. Decides nothing.

Every fact has three states: known present, known absent (`null`, `[]`, `false`) and unknown (left out, `UNKNOWN` here).
The condition language reads its fields from these models, so a new fact is added here and nowhere else by hand.
Nationality, race, sex and birthplace have no field on purpose: no rule can name them.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeVar, Unpack, cast

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
    model_validator,
)

from detainer.errors import DetainerError, did_you_mean
from detainer.stated import UNKNOWN as UNKNOWN
from detainer.stated import Facts as Facts
from detainer.stated import Maybe as Maybe
from detainer.vocabulary import vocabulary

if TYPE_CHECKING:
    from detainer.given import (
        CaseFacts,
        ChargeFacts,
        ConvictionFacts,
        DetainerFacts,
        KnownFacts,
        MomentLike,
        PersonFacts,
        WarrantFacts,
    )

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)
"""The days that a record of a jail can bear. For later ones calendars of holidays are not known."""

MAX_AGE = 130
"""The highest age in whole years that may be stated."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET = r"(Z|[+-][0-9]{2}:[0-5][0-9])?"
_MOMENT = re.compile(rf"{_DAY.pattern}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]+)?)?{_OFFSET}")
_END_OF_DAY = re.compile(rf"24:00(:00(\.0+)?)?{_OFFSET}")
_ONE_DAY, _ONE_MINUTE = timedelta(days=1), timedelta(minutes=1)

_Day = TypeVar("_Day", bound=date)


def _of_our_time(day: _Day, first: int = FIRST.year, last: int = LAST.year) -> _Day:
    """The day or moment itself. Raises ValueError for a year that no record of a jail can bear."""
    if not first <= day.year <= last:
        raise ValueError(f"the year must lie between {first} and {last}")
    return day


def parse_day(value: object, first: int = FIRST.year, last: int = LAST.year) -> date:
    """A calendar day, ``2014-03-01``, of the years `first` to `last`. Raises ValueError for anything else, a moment included."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return _of_our_time(date.fromisoformat(value), first, last)
        except ValueError as error:
            raise ValueError(f"`{value}` is no day of the calendar ({error})") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return _of_our_time(value, first, last)
    raise ValueError(f"found `{value}`, expected a day such as 2014-03-01")


def day_of(value: object, name: str) -> date:
    """A day that a program hands over, as a date or as text; `name` says what for. Raises `DetainerError`."""
    if type(value) is date:
        return value
    try:
        return _day_of_law(value)
    except ValueError as error:
        raise DetainerError(f"{name}: {error}") from None


def parse_moment(value: object) -> datetime:
    """A day and a time, ``2014-03-01T10:00``: local where no offset is given. ``2014-03-01T24:00`` is the midnight that ends the
    day. Raises ValueError for anything else.
    """
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            if _END_OF_DAY.fullmatch(value[11:]):
                return _of_our_time(datetime.fromisoformat(f"{value[:11]}00{value[13:]}") + _ONE_DAY)
            return _of_our_time(datetime.fromisoformat(value))
        except (ValueError, OverflowError) as error:
            raise ValueError(f"`{value}` is no time of the calendar ({error})") from None
    if isinstance(value, datetime):
        return _fixed(_of_our_time(value))
    mend = "add the time of day" if isinstance(value, str) and _DAY.fullmatch(value) else "write it that way"
    raise ValueError(f"found `{value}`, expected a day and time such as 2014-03-01T10:00; {mend}")


def _fixed(moment: datetime) -> datetime:
    """The moment with a plain offset instead of a time zone, as text has it, so that it equals what is read from text.
    Raises ValueError for an offset that text cannot say.
    """
    offset = moment.utcoffset()
    if offset is None:
        return datetime.combine(moment.date(), moment.time().replace(fold=0))
    if offset % _ONE_MINUTE:
        raise ValueError(f"`{moment}` has an offset of {offset}; write it with one of whole minutes, such as UTC")
    return datetime.combine(moment.date(), moment.time(), timezone(offset) if offset else UTC)


def _day_or_moment(value: object) -> date:
    if isinstance(value, str) and len(value) > 10:
        return parse_moment(value)
    return parse_moment(value) if isinstance(value, datetime) else parse_day(value)


def _as_it_is(value: Any) -> Any:
    return value


def _offense(value: object) -> str:
    known = vocabulary().offenses
    if isinstance(value, str) and value in known:
        return value
    raise ValueError(f"found `{value}`, expected one of {', '.join(known)}.{did_you_mean(str(value), known)}")


def _ncic(value: object) -> str:
    text = f"{value:04d}" if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str) and re.fullmatch("[0-9]{4}", text):
        return text
    raise ValueError(f"found `{value}`, expected the four digits of an NCIC offense code in quotes, such as '0912'")


def _schema(format_: str, description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": format_, "description": description})


def _day(value: object) -> date:
    return parse_day(value)


def _day_of_law(value: object) -> date:
    return parse_day(value, 1200, 2999)  # law is older than any record of a jail, and may be made for later


Day = Annotated[date, BeforeValidator(_day), _schema("date", "A day, such as 2014-03-01")]
DayOfLaw = Annotated[date, BeforeValidator(_day_of_law), _schema("date", "A day, such as 2014-03-01")]
# no `format: date-time` below: that format demands an offset, and ours is optional
Moment = Annotated[
    datetime,
    BeforeValidator(parse_moment),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_MOMENT.pattern}$",
            "description": "2014-03-01T10:00, local to the place; an offset may follow",
        }
    ),
]
DayOrMoment = Annotated[
    date,
    PlainValidator(_day_or_moment),
    PlainSerializer(_as_it_is, return_type=Any),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({_DAY.pattern}|{_MOMENT.pattern})$",
            "description": "A day, or a day and time",
        }
    ),
]
Offense = Annotated[
    str,
    BeforeValidator(_offense),
    WithJsonSchema({"type": "string", "enum": list(vocabulary().offenses)}),
]
NcicCode = Annotated[str, BeforeValidator(_ncic), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}$"})]
OffenseClass = Literal["felony", "gross_misdemeanor", "misdemeanor"]


Form = Literal["I-247", "I-247D", "I-247N", "I-247X", "I-247A"]
Ground = Literal["final_order", "proceedings_pending", "biometrics", "statements", "affidavit"]
Papers = Literal["I-200", "I-205", "none"]
WarrantKind = Literal["criminal", "civil"]
Issuer = Literal["federal_judge", "federal_magistrate", "state_judge"]


class Detainer(Facts):
    __doc__ = """A Form I-247 that immigration officers lodged. Source: the forms' own text (see rulesets/us.yaml)."""

    form: Maybe[Form] = UNKNOWN
    issued_at: Maybe[DayOrMoment] = Field(default=UNKNOWN, title="day of issue")
    served: Maybe[StrictBool] = Field(default=UNKNOWN, description="Whether a copy was served on the person")
    probable_cause: Maybe[frozenset[Ground]] = Field(
        default=UNKNOWN,
        title="stated grounds of probable cause",
        description="The grounds stated; an empty list is known to be none",
    )
    administrative_warrant: Maybe[Papers] = UNKNOWN

    if TYPE_CHECKING:

        def __init__(self, **facts: Unpack[DetainerFacts]) -> None: ...


class JudicialWarrant(Facts):
    __doc__ = """
    A warrant or order, signed by a judge or magistrate, that commands the arrest or detention of this person, and is in hand.

    The order that releases the person, bail, a subpoena and a no-contact order are none.
    """

    kind: Maybe[WarrantKind] = UNKNOWN
    issued_by: Maybe[Issuer] = Field(default=UNKNOWN, title="issuer")
    issued_at: Maybe[DayOrMoment] = Field(default=UNKNOWN, title="day of issue")

    if TYPE_CHECKING:

        def __init__(self, **facts: Unpack[WarrantFacts]) -> None: ...


class Person(Facts):
    __doc__ = """
    What is known of the person: a date of birth, or an age in whole years at scheduled release, not both.
    """

    date_of_birth: Maybe[Day] = UNKNOWN
    age: Maybe[Annotated[StrictInt, Field(ge=0, le=MAX_AGE)]] = UNKNOWN
    proof_of_lawful_status: Maybe[StrictBool] = Field(
        default=UNKNOWN, description="Whether the person has shown proof of citizenship or lawful status"
    )

    ASKED_BY: ClassVar[dict[str, str]] = dict.fromkeys(("date_of_birth", "age"), "age_on(release_at)")

    if TYPE_CHECKING:

        def __init__(self, **facts: Unpack[PersonFacts]) -> None: ...

    @model_validator(mode="after")
    def _one_age(self) -> Person:
        if self.date_of_birth is not UNKNOWN and self.age is not UNKNOWN:
            raise ValueError("`date_of_birth` and `age` are both given; keep the date of birth and delete the age")
        return self


class Charge(Facts):
    __doc__ = """An accusation that is pending at scheduled release. Never a conviction."""

    offense: Maybe[Offense] = Field(default=UNKNOWN, title="offense")
    class_: Maybe[OffenseClass] = Field(default=UNKNOWN, alias="class")
    ncic: Maybe[NcicCode] = Field(default=UNKNOWN, title="NCIC code")

    if TYPE_CHECKING:

        def __init__(self, **facts: Unpack[ChargeFacts]) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _offense_from_code(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        given = cast("dict[str, Any]", data)
        code, stated = given.get("ncic", UNKNOWN), given.get("offense", UNKNOWN)
        settled = vocabulary().offense_of(_ncic(code)) if code is not UNKNOWN else None
        if settled is None:
            return given
        if stated is not UNKNOWN and stated != settled:
            raise ValueError(f"NCIC code {code} is {settled}, not {stated}; correct one of the two")
        return {**given, "offense": settled}


class Conviction(Charge):
    __doc__ = """A finding of guilt. `released_on` is the release from confinement for it; null where there was none."""

    convicted_on: Maybe[Day] = Field(default=UNKNOWN, title="day of conviction")
    released_on: Maybe[Day | None] = Field(default=UNKNOWN, title="day of release from confinement")
    shown_in_writing: Maybe[StrictBool] = Field(
        default=UNKNOWN, description="Whether immigration officers show it in writing"
    )

    EITHER_OF: ClassVar[dict[str, tuple[str, ...]]] = {"latest": ("convicted_on", "released_on")}

    if TYPE_CHECKING:

        def __init__(self, **facts: Unpack[ConvictionFacts]) -> None: ...


class Booking(Facts):
    """One person in one jail: what is known of the person and which papers there are, whenever that may be."""

    jurisdiction: StrictStr = Field(description="The place of the jail: see `detainer places`")
    detainer: Maybe[Detainer | None] = UNKNOWN
    judicial_warrant: Maybe[JudicialWarrant | None] = UNKNOWN
    person: Person = Person()
    convictions: Maybe[tuple[Conviction, ...]] = UNKNOWN
    charges: Maybe[tuple[Charge, ...]] = UNKNOWN

    if TYPE_CHECKING:

        def __init__(self, *, jurisdiction: str, **facts: Unpack[KnownFacts]) -> None: ...


class Case(Booking):
    """One person, one jail, one moment.

    `release_at` is the scheduled release and `asked_at` (default: the same) the moment that the question is about. Both
    are local to the jurisdiction unless they carry an offset. Whether such a local time exists is checked when the case is
    decided. Raises `CaseError`.

    >>> case = Case(jurisdiction="us/wa/king", release_at="2014-03-03T10:00", detainer=None)
    >>> case.judicial_warrant
    UNKNOWN
    """

    release_at: Moment
    asked_at: Moment | None = Field(
        default=None, description="The moment asked about; the scheduled release if left out"
    )

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            jurisdiction: str,
            release_at: MomentLike,
            asked_at: MomentLike | None = None,
            **facts: Unpack[KnownFacts],
        ) -> None: ...
        def but(self, **facts: Unpack[CaseFacts]) -> Self: ...
