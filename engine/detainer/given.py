"""What a program may hand over, as types: wider than what is read back. Checks nothing; `case` and `events` do.

A day may be text, a list of words or entries any sequence, and a part of the case a mapping of its facts. Each class names the
facts of one model by the words of Python, so that an editor knows them: ``Case(...)`` and ``case.but(...)``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from detainer.case import (
        Charge,
        Conviction,
        Detainer,
        Form,
        Ground,
        Issuer,
        JudicialWarrant,
        OffenseClass,
        Papers,
        Person,
        WarrantKind,
    )
    from detainer.stated import Unknown

DayLike = date | str
"""A day, such as ``2014-03-01``."""
MomentLike = datetime | str
"""A day and time, such as ``2014-03-01T10:00``: local to the jail unless it carries an offset."""
PathTo = str | PathLike[str]
"""A file or folder."""
Data = Mapping[str, Any]
"""Facts as a scenario file has them."""


class DetainerFacts(TypedDict, total=False):
    """Of a `Detainer`."""

    form: Form | Unknown
    issued_at: DayLike | Unknown
    served: bool | Unknown
    probable_cause: Collection[Ground] | Unknown
    administrative_warrant: Papers | Unknown


class WarrantFacts(TypedDict, total=False):
    """Of a `JudicialWarrant`."""

    kind: WarrantKind | Unknown
    issued_by: Issuer | Unknown
    issued_at: DayLike | Unknown


class PersonFacts(TypedDict, total=False):
    """Of a `Person`."""

    date_of_birth: DayLike | Unknown
    age: int | Unknown
    proof_of_lawful_status: bool | Unknown


class ChargeFacts(TypedDict, total=False):
    """Of a `Charge`."""

    offense: str | Unknown
    class_: OffenseClass | Unknown
    ncic: str | Unknown


class ConvictionFacts(ChargeFacts, total=False):
    """Of a `Conviction`."""

    convicted_on: DayLike | Unknown
    released_on: DayLike | Unknown | None
    shown_in_writing: bool | Unknown


class KnownFacts(TypedDict, total=False):
    """What can be known of a person and the papers in a `Booking` or a `Case`."""

    detainer: Detainer | Data | Unknown | None
    judicial_warrant: JudicialWarrant | Data | Unknown | None
    person: Person | Data | Unknown
    convictions: Sequence[Conviction | Data] | Unknown
    charges: Sequence[Charge | Data] | Unknown


class CaseFacts(KnownFacts, total=False):
    """Of a `Case`, any of them."""

    jurisdiction: str
    release_at: MomentLike
    asked_at: MomentLike | None
