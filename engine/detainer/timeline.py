"""What became of one custody, interval by interval: what the law asked of the jail, and the hours that it had no right to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import to_json

from detainer import clock
from detainer.case import Booking
from detainer.decision import NOTES, Decision
from detainer.errors import DetainerError
from detainer.events import Event
from detainer.library import Library
from detainer.saved import part_of, read_object, same_law, shown

if TYPE_CHECKING:
    from detainer.engines import EngineName

Status = Literal["in_custody", "hold_permitted", "hold_required", "release_required"]
"""In custody on charges; past scheduled release: the jail may hold, must hold, must release."""

STATUSES: dict[Status, str] = {
    "in_custody": "in custody on charges",
    "hold_permitted": "hold permitted",
    "hold_required": "hold required",
    "release_required": "release required",
}

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, [`start`, `end`), in which nothing changes; `end` None where it is still running. Times are local.

    `decision` is the answer at its start, None while the person is in custody on charges.
    """

    start: datetime
    end: datetime | None
    status: Status
    decision: Decision | None = None

    @property
    def hours(self) -> float:
        """Elapsed hours; 0 while it is running."""
        return (self.end - self.start) / _HOUR if self.end else 0.0

    @property
    def settled(self) -> bool:
        """Whether no unknown fact could change the answer."""
        return self.decision is None or self.decision.settled

    @property
    def unlawful_hours(self) -> float:
        """Elapsed hours in which the person was kept although the law required release, whatever is unknown."""
        return self.hours if self.status == "release_required" and self.settled else 0.0

    @property
    def open_hours(self) -> float:
        """Elapsed hours in which no authority is shown for keeping the person, and an unknown fact could supply one."""
        return self.hours if self.status == "release_required" and not self.settled else 0.0

    def same(self, other: Interval) -> bool:
        """Whether another interval has the same status for the same reason."""
        a, b = self.decision, other.decision
        if a is None or b is None:
            return a is b and self.status == other.status
        return (
            self.status == other.status
            and a.resolution.control.ruling is b.resolution.control.ruling
            and (a.hold_until, a.limit_ends) == (b.hold_until, b.limit_ends)
            and a.resolution.deciding == b.resolution.deciding
            and a.settled == b.settled
        )

    def to_dict(self, where: tzinfo) -> dict[str, Any]:
        """Plain data; times local with their offset."""
        decision = self.decision
        return {
            **clock.told("start", self.start, where),
            **clock.told("end", self.end, where),
            "status": self.status,
            "hours": round(self.hours, 4) if self.end else None,
            "unlawful_hours": round(self.unlawful_hours, 4),
            "open_hours": round(self.open_hours, 4),
            "ruling": decision.ruling.id if decision else None,
            **clock.told("hold_until", decision and decision.hold_until, where),
            "ended_by": decision.ended_by if decision else None,
            **clock.told("limit_ends", decision and decision.limit_ends, where),
            "settled": self.settled,
            "open_questions": [each.fact for each in decision.open_questions] if decision else [],
        }


def extended(intervals: Sequence[Interval], more: Iterable[Interval]) -> list[Interval]:
    """Intervals and those that follow them; where nothing but time passes from one to the next, they are one."""
    joined = list(intervals)
    for each in more:
        if joined and joined[-1].same(each):
            joined[-1] = replace(joined[-1], end=each.end)
        else:
            joined.append(each)
    return joined


@dataclass(frozen=True, slots=True)
class Timeline:
    """What became of one custody, interval by interval. `where` is the place's time zone, `until` the instant up to which it was
    followed after its last event, and `digest` that of the ruleset texts that were applied.
    """

    booking: Booking
    where: tzinfo
    events: tuple[Event, ...]
    intervals: tuple[Interval, ...]
    until: datetime | None
    digest: str

    @property
    def place(self) -> str:
        """The jurisdiction of the jail."""
        return self.booking.jurisdiction

    @property
    def name(self) -> str:
        """The place by its name; as it is written where nothing was decided there."""
        return next((each.decision.law.name for each in self.intervals if each.decision), self.place)

    @property
    def unlawful_hours(self) -> float:
        """Elapsed hours in which the person was kept although the law required release."""
        return sum(each.unlawful_hours for each in self.intervals)

    @property
    def open_hours(self) -> float:
        """Elapsed hours past release for which an unknown fact decides whether they were lawful."""
        return sum(each.open_hours for each in self.intervals)

    @property
    def deadline(self) -> datetime | None:
        """The end of the last hold (local); None where there is none, or nothing on record ends it."""
        holds = [each.decision for each in self.intervals if each.decision and each.decision.outcome == "hold"]
        return holds[-1].hold_until if holds else None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "place": self.place,
            "booking": self.booking.to_dict(),
            **clock.told("until", self.until, self.where),
            "unlawful_hours": round(self.unlawful_hours, 4),
            "open_hours": round(self.open_hours, 4),
            **clock.told("deadline", self.deadline, self.where),
            "intervals": [each.to_dict(self.where) for each in self.intervals],
            "events": [each.to_dict() for each in self.events],
            "ruleset_digest": self.digest,
            "notes": list(NOTES),
        }

    def to_json(self) -> str:
        """`to_dict` as one line of JSON."""
        return to_json(self.to_dict()).decode()

    @classmethod
    def from_json(
        cls, text: str | bytes, *, engine: EngineName | None = None, library: Library | None = None
    ) -> Timeline:
        """The timeline that `to_json` wrote: its custody is followed again, under the law of the library given.

        Raises `DetainerError` where that law is another than it was, naming both digests, or where the intervals are; and like
        `Custody`.
        """
        from detainer.custody import Custody

        saved = read_object(text, "timeline")
        timeline = Custody.of(saved, engine=engine, library=library).timeline(part_of(saved, "until", "timeline"))
        same_law(saved.get("ruleset_digest"), timeline.digest, timeline.place)
        if saved.get("intervals") != timeline.to_dict()["intervals"]:
            raise DetainerError("what was saved has other intervals than the same law gives to the same events")
        return timeline

    def __repr__(self) -> str:
        said = f"{len(self.events)} events, {len(self.intervals)} intervals, {self.unlawful_hours:g} unlawful hours"
        return shown("Timeline of a custody in", f"{self.place}:", said)

    def _repr_html_(self) -> str:
        from detainer.notebook import timeline

        return timeline(self)
