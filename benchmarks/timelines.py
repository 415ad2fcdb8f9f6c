"""Ten thousand custodies of ten events each on one core, and the plain way beside it: ask again every hour."""

from __future__ import annotations

import random
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from detainer import Booking, Custody, decide
from detainer.engines import EngineName

PLACES = ("us/wa/king", "us/or/clackamas", "us/wa/clark", "us/wa/clallam")


def course(number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A booking and ten events around a change of law, the same for the same number."""
    chance = random.Random(number)
    day = chance.choice((datetime(2014, 4, 1), datetime(2014, 9, 5), datetime(2017, 3, 25), datetime(2019, 5, 12)))
    at = day + timedelta(hours=chance.randrange(4, 23))
    booking: dict[str, Any] = {
        "jurisdiction": chance.choice(PLACES),
        "detainer": None,
        "person": {"age": chance.randrange(17, 60)},
    }
    if chance.random() < 0.8:
        booking |= {"judicial_warrant": None, "convictions": [], "charges": []}
    form = {"form": chance.choice(("I-247", "I-247D", "I-247A")), "probable_cause": []}
    conviction = {"offense": chance.choice(("homicide", "drug")), "released_on": None, "shown_in_writing": True}
    events: list[dict[str, Any]] = [
        {"event": "booked"},
        {"event": "detainer_lodged", "detainer": form},
        {"event": "detainer_served"},
        {"event": "conviction", "conviction": conviction},
        {"event": "release_due"},
        {"event": "detainer_withdrawn"},
        {"event": "detainer_lodged", "detainer": {"form": "I-247"}},
        {"event": "judicial_warrant_served", "judicial_warrant": {"kind": "criminal", "issued_by": "federal_judge"}},
        {"event": "warrant_quashed"},
        {"event": "released"},
    ]
    if booking.get("judicial_warrant", 0) is not None:
        events[7] = {"event": "detainer_served"}
        events[8] = {"event": "detainer_withdrawn"}
    for event in events:
        event["at"] = at.isoformat()
        at += timedelta(hours=chance.choice((2, 9, 20, 30)))
    return booking, events


def follow(number: int, engine: EngineName) -> Custody:
    """One custody, fed event by event."""
    booking, events = course(number)
    custody = Custody(Booking.model_validate(booking), engine=engine)
    for event in events:
        custody.feed(event)
    return custody


def main() -> None:
    """Both engines on all, asking every hour on a part of them."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    engines: tuple[EngineName, ...] = ("rete", "direct")
    for engine in engines:
        start = time.perf_counter()
        unlawful = sum(follow(number, engine).timeline().unlawful_hours for number in range(total))
        spent = time.perf_counter() - start
        print(f"{engine:8} {total} timelines of ten events: {spent:5.1f} s ({unlawful:,.0f} unlawful hours found)")
    part = total // 50
    custodies = [follow(number, "rete") for number in range(part)]
    start = time.perf_counter()
    asked = 0
    for custody in custodies:
        due, last = custody.timeline().intervals[1].start, custody.timeline().intervals[-1].end
        assert last is not None
        while due < last:
            decide(custody.case(due))
            due += timedelta(hours=1)
            asked += 1
    spent = (time.perf_counter() - start) * total / part
    print(f"asking every hour instead: {asked * total // part} decisions, {spent:5.1f} s, and no exact minute")


if __name__ == "__main__":
    main()
