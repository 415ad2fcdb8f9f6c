"""What a scenario expects, and how what was found differs from it, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from detainer import clock
from detainer.case import UNKNOWN, Facts, Maybe, Moment
from detainer.custody import Custody
from detainer.decision import Decision
from detainer.errors import CaseError, DetainerError, FileError, Path, PlaceError, did_you_mean
from detainer.library import Library, library_at
from detainer.timeline import Status


class Expect(Facts):
    __doc__ = """
    What a scenario expects; whatever is left out may be anything. `hold_until` is local unless it has an offset.
    """

    outcome: Maybe[Literal["hold", "release"]] = UNKNOWN
    ruling: Maybe[StrictStr] = Field(default=UNKNOWN, description="<jurisdiction>/<rule id>")
    hold_until: Maybe[Moment | None] = UNKNOWN
    ended_by: Maybe[StrictStr | None] = Field(
        default=UNKNOWN, description="The rule that ends the hold: <jurisdiction>/<rule id>"
    )
    settled: Maybe[StrictBool] = UNKNOWN
    open_questions: Maybe[tuple[StrictStr, ...]] = UNKNOWN


class ExpectedInterval(Facts):
    __doc__ = """A stretch of a custody as it is expected; whatever is left out may be anything."""

    status: Status
    until: Maybe[Moment | None] = Field(default=UNKNOWN, description="When it ends, local; null while it is running")
    ruling: Maybe[StrictStr] = UNKNOWN


class ExpectCustody(Expect):
    __doc__ = """What a custody expects: the answer at the moment asked about, and what becomes of the whole."""

    intervals: Maybe[tuple[ExpectedInterval, ...]] = UNKNOWN
    unlawful_hours: Maybe[StrictInt | StrictFloat] = Field(default=UNKNOWN, description="Elapsed hours")
    open_hours: Maybe[StrictInt | StrictFloat] = Field(default=UNKNOWN, description="Elapsed hours")


def misnamed(expect: Expect, library: Library) -> Iterator[tuple[Path, str]]:
    """Where a rule is expected that no ruleset has, and what is wrong with it: a typo is no expectation that failed."""
    for path, rule in _named(expect):
        sides = (library, library_at(library.root))  # what a claim or a mutant leaves out is a rule all the same
        if not any(_has(side, rule) for side in sides):
            known = sorted({each for side in sides for each in _rules(side)})
            near = next((each for each in known if each.endswith(f"/{rule}")), None)
            mend = f" Did you mean `{near}`?" if near else did_you_mean(rule, known)
            yield path, f"`{path[-1]}`: no ruleset has a rule `{rule}`.{mend or ' `detainer law PLACE` lists them.'}"


def _has(library: Library, rule: str) -> bool:
    try:
        return any(each.id == rule for each in library.book(rule.rpartition("/")[0]).provisions)
    except PlaceError:
        return False
    except FileError:  # a file that cannot be read may have it
        return True


def _rules(library: Library) -> Iterator[str]:
    for place in library.places:
        with suppress(DetainerError):
            yield from (each.id for each in library.book(place).provisions)


def _named(expect: Expect) -> Iterator[tuple[Path, str]]:
    found: list[tuple[Path, object]] = [(("expect", name), getattr(expect, name)) for name in ("ruling", "ended_by")]
    if isinstance(expect, ExpectCustody) and expect.intervals is not UNKNOWN:
        intervals = enumerate(expect.intervals)
        found += [(("expect", "intervals", number, "ruling"), each.ruling) for number, each in intervals]
    yield from ((path, rule) for path, rule in found if isinstance(rule, str))


def unmet(expect: Expect, decision: Decision) -> Iterator[str]:
    """Field by field, what was expected and what was found."""
    found: dict[str, Callable[[], Any]] = {
        "outcome": lambda: decision.outcome,
        "ruling": lambda: decision.ruling.id,
        "ended_by": lambda: decision.ended_by,
        "settled": lambda: decision.settled,
    }
    for name, find in found.items():
        wanted = getattr(expect, name)
        if wanted is not UNKNOWN and wanted != (value := find()):
            yield f"{name}: expected {_plain(wanted)}, found {_plain(value)}"
    if expect.hold_until is not UNKNOWN:
        wanted = expect.hold_until
        try:
            instant = clock.instant(wanted, decision.situation.where) if wanted else None
        except clock.LocalTimeError as error:
            raise CaseError(("expect", "hold_until"), str(error)) from None
        if instant != decision.hold_until:
            yield f"hold_until: expected {_plain(wanted)}, found {_plain(decision.hold_until)}"
    if expect.open_questions is not UNKNOWN:
        open_facts = [question.fact for question in decision.open_questions]
        if set(expect.open_questions) != set(open_facts):
            wanted_list, found_list = ", ".join(expect.open_questions), ", ".join(open_facts)
            yield f"open_questions: expected [{wanted_list}], found [{found_list}]"


def unmet_of_custody(expect: ExpectCustody, custody: Custody) -> Iterator[str]:
    """What was expected of a custody as a whole, and what was found."""
    timeline = custody.timeline()
    for name in ("unlawful_hours", "open_hours"):
        wanted, found = getattr(expect, name), getattr(timeline, name)
        if wanted is not UNKNOWN and abs(wanted - found) > 0.005:
            yield f"{name}: expected {wanted:g}, found {found:g}"
    if expect.intervals is UNKNOWN:
        return
    if len(expect.intervals) != len(timeline.intervals):
        yield f"intervals: expected {len(expect.intervals)}, found {len(timeline.intervals)}"
    for number, (wanted, found) in enumerate(zip(expect.intervals, timeline.intervals, strict=False), 1):
        ruling = found.decision.ruling.id if found.decision else None
        if wanted.status != found.status:
            yield f"interval {number}: expected {wanted.status}, found {found.status}"
        if wanted.ruling is not UNKNOWN and wanted.ruling != ruling:
            yield f"interval {number}: expected {wanted.ruling}, found {_plain(ruling)}"
        if wanted.until is not UNKNOWN:
            try:
                until = clock.instant(wanted.until, custody.where) if wanted.until else None
            except clock.LocalTimeError as error:
                raise CaseError(("expect", "intervals", number - 1, "until"), str(error)) from None
            if until != found.end:
                ended = found.end.astimezone(custody.where) if found.end else None
                yield f"interval {number}: expected until {_plain(wanted.until)}, found {_plain(ended)}"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
