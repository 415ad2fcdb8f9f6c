"""What happens in custody: which events there are, which can be as things stand, and how things stand after them.

Decides nothing about holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from detainer.case import UNKNOWN, Booking, Case, Conviction, Detainer, Facts, JudicialWarrant, Moment
from detainer.errors import DetainerError

if TYPE_CHECKING:
    from detainer.given import Data, MomentLike

EventKind = Literal[
    "booked", "detainer_lodged", "detainer_served", "detainer_withdrawn", "judicial_warrant_served", "warrant_quashed",
    "release_due", "conviction", "ice_took_custody", "released",
]  # fmt: skip

Reason = Literal["bail_posted", "sentence_served", "charges_dropped"]

_CARRIES = {"detainer_lodged": "detainer", "judicial_warrant_served": "judicial_warrant", "conviction": "conviction"}
"""What an event brings with it."""
ENDS = ("released", "ice_took_custody")


class EventError(DetainerError):
    """An event that cannot be: out of order, a duplicate, or impossible as things stand. `index` counts from 0."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.message = message


class Event(Facts):
    __doc__ = """Something that happens in custody. `at` is local to the place unless it carries an offset."""

    at: Moment
    event: EventKind
    note: str | None = None
    reason: Reason | None = Field(default=None, description="With `release_due`: why the person is due for release")
    detainer: Detainer | None = Field(default=None, description="With `detainer_lodged`: what is known of it")
    judicial_warrant: JudicialWarrant | None = Field(default=None, description="With `judicial_warrant_served`")
    conviction: Conviction | None = Field(default=None, description="With `conviction`; dated that day if left out")

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            at: MomentLike,
            event: EventKind,
            note: str | None = None,
            reason: Reason | None = None,
            detainer: Detainer | Data | None = None,
            judicial_warrant: JudicialWarrant | Data | None = None,
            conviction: Conviction | Data | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _fits(self) -> Event:
        for kind, name in (*_CARRIES.items(), ("release_due", "reason")):
            if getattr(self, name) is not None and self.event != kind:
                raise ValueError(f"`{name}` belongs to an event `{kind}`, not to `{self.event}`; delete it")
        return self


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand after the last event: `due` is scheduled release, `gone` how the person left custody."""

    booking: Booking
    last: Event | None = None
    last_at: datetime | None = None
    due: datetime | None = None
    gone: str | None = None


def wrong(state: Standing, event: Event, at: datetime) -> str | None:
    """Why an event cannot be as things stand; None where it can."""
    kind, booking, last = event.event, state.booking, state.last
    if last is None or state.last_at is None:
        return None if kind == "booked" else "nothing happens in custody before the event `booked`; put it first"
    if state.gone:
        return f"the person had left custody (`{state.gone}`); what happens in a later custody belongs to a booking of its own"
    if at < state.last_at:
        return f"out of order: `{last.event}` at {last.at.isoformat(timespec='minutes')} came before it; sort the events by time"
    if event == last:
        return "a duplicate of the event before it; delete it"
    has_detainer = booking.detainer is not None and booking.detainer is not UNKNOWN
    has_warrant = booking.judicial_warrant is not None and booking.judicial_warrant is not UNKNOWN
    if kind == "booked":
        return "a duplicate: the person is booked already; a later booking is a custody of its own"
    if kind == "release_due" and state.due is not None:
        return "a duplicate: release is due already; the hours run once, from the first time"
    if kind in ("detainer_served", "detainer_withdrawn") and not has_detainer:
        return "impossible: no detainer is known; put `detainer_lodged` before it"
    if kind == "detainer_served" and isinstance(booking.detainer, Detainer) and booking.detainer.served is True:
        return "a duplicate: a copy of this detainer was served already"
    if kind == "judicial_warrant_served" and has_warrant:
        return "a judge's warrant is in hand already; if another takes its place, put `warrant_quashed` before it"
    if kind == "warrant_quashed" and not has_warrant:
        return "impossible: no warrant of a judge is known; put `judicial_warrant_served` before it"
    return None


def after(state: Standing, event: Event, at: datetime, where: tzinfo) -> Standing:
    """How things stand after an event that can be, at an instant. Of several detainers the last one lodged is looked at."""
    booking = state.booking
    update: dict[str, Any] = {}
    match event.event:
        case "detainer_lodged":
            update["detainer"] = event.detainer or Detainer()
        case "detainer_served":
            assert isinstance(booking.detainer, Detainer)
            update["detainer"] = booking.detainer.model_copy(update={"served": True})
        case "detainer_withdrawn":
            update["detainer"] = None
        case "judicial_warrant_served":
            update["judicial_warrant"] = event.judicial_warrant or JudicialWarrant()
        case "warrant_quashed":
            update["judicial_warrant"] = None
        case "conviction" if booking.convictions is not UNKNOWN:
            conviction = event.conviction or Conviction()
            if conviction.convicted_on is UNKNOWN:
                conviction = conviction.model_copy(update={"convicted_on": at.astimezone(where).date()})
            update["convictions"] = (*booking.convictions, conviction)
        case _:  # a conviction more leaves a list unknown that was unknown before
            pass
    return Standing(
        booking.model_copy(update=update) if update else booking,
        event,
        at,
        at if event.event == "release_due" else state.due,
        event.event if event.event in ENDS else None,
    )


def case_of(state: Standing, at: datetime) -> Case:
    """The case as it stands; where no release is due yet, as if it were due then."""
    facts = {name: getattr(state.booking, name) for name in Booking.model_fields}
    return Case.model_construct(**facts, release_at=state.due or at, asked_at=at)
