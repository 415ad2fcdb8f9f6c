"""Timelines as pictures: a bar a person, drawn with matplotlib, to be read in color, in gray, and by a screen reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree

from detainer import clock, drawing
from detainer.timeline import STATUSES, Interval, Timeline
from detainer.wording import lasting, word

LEAD = timedelta(hours=18)
"""How much of the custody on charges is shown before scheduled release."""

_SVG = "http://www.w3.org/2000/svg"
_HEIGHT, _HEAD, _FLAG, _LINE = 1.3, 0.5, 0.12, 0.17
"""Inches: of a bar with its axis, of the title, of a row of names of events, and of a line of the list below the bar."""
_WIDE, _SIGN, _BAR = 8.6, 0.052, 0.55
"""Inches: how wide a bar is, a sign of the name of an event, and how high a bar with what is drawn around it."""


class _Look(NamedTuple):
    color: str
    hatch: str
    edge: str


_LOOKS = {
    "in_custody": _Look("#ffffff", "", "#000000"),
    "hold_permitted": _Look("#9ecae1", "", "#000000"),
    "hold_required": _Look("#3182bd", "\\\\", "#000000"),
    "release_required": _Look("#cb181d", "xx", "#ffffff"),
    "open": _Look("#fdae6b", "..", "#000000"),
}


def _kind(interval: Interval) -> str:
    """How an interval is shown: as its status, or as open where release is required unless somebody knows more."""
    return "open" if interval.status == "release_required" and not interval.settled else interval.status


def described(interval: Interval, timeline: Timeline) -> str:
    """An interval as a sentence: what the law asked for, since when, under which ruling."""
    where = timeline.where
    start = f"{interval.start.astimezone(where):%a %Y-%m-%d %H:%M}"
    if interval.end is None:
        text = f"{STATUSES[interval.status]} from {start} on"
    else:
        end = interval.end.astimezone(where)
        text = f"{STATUSES[interval.status]} {start} to {end:%a %Y-%m-%d %H:%M}, {_hours(interval.hours)}"
    if interval.decision is not None:
        text += f": {interval.decision.ruling.id}"
        if interval.decision.hold_until:
            text += f", until {interval.decision.hold_until:%a %Y-%m-%d %H:%M}"
    if interval.unlawful_hours:
        text += f"; UNLAWFUL: {_hours(interval.unlawful_hours)}"
    if not interval.settled:
        facts = ", ".join(each.fact for each in interval.decision.open_questions) if interval.decision else ""
        text += f"; not settled, open on {facts}"
    return text


def summary(timeline: Timeline) -> str:
    """A whole timeline in a few words: its deadline and its unlawful hours."""
    end = f"deadline {timeline.deadline:%a %Y-%m-%d %H:%M}" if timeline.deadline else "no deadline"
    text = f"{end}; unlawful hours: {_hours(timeline.unlawful_hours)}"
    return f"{text}; hours that hang on unknown facts: {_hours(timeline.open_hours)}" if timeline.open_hours else text


def _hours(hours: float) -> str:
    return lasting(timedelta(hours=hours)) if hours else "none"


def svg(timelines: Sequence[tuple[str, Timeline]]) -> str:
    """The timelines, each with its name, as the text of an SVG file: the same input gives the same text."""
    heads = [_HEAD + _FLAG * max(flag.level + 1 for flag in _flags(timeline)) for _, timeline in timelines]
    heights = [
        _HEIGHT + head + _LINE * len(timeline.intervals) for head, (_, timeline) in zip(heads, timelines, strict=True)
    ]
    with drawing.as_told(**{"hatch.linewidth": 0.6}):
        total = sum(heights)
        figure = drawing.library("matplotlib.figure").Figure(figsize=(_WIDE / 0.86, total))
        top = total
        for (name, timeline), head, height in zip(timelines, heads, heights, strict=True):
            axes = figure.add_axes((0.03, (top - head - _BAR) / total, 0.86, _BAR / total))
            _bar(axes, name, timeline)
            top -= height
        drawn = drawing.svg(figure)
    return _with_words(drawn, timelines)


def _bar(axes: Any, name: str, timeline: Timeline) -> None:
    dates = drawing.library("matplotlib.dates")
    date2num: Callable[[datetime], float] = dates.date2num
    where = timeline.where
    first, last = _span(timeline)
    for number, each in enumerate(timeline.intervals, 1):
        start, end = max(each.start, first), min(each.end or last, last)
        if end <= start:
            continue
        look = _LOOKS[_kind(each)]
        left, width = date2num(start), date2num(end) - date2num(start)
        axes.barh(0, width, left=left, height=1, color=look.color, edgecolor=look.edge, hatch=look.hatch, linewidth=0.8)
        axes.text(
            left + width / 2, 0, str(number), ha="center", va="center", fontsize=9, fontweight="bold",
            bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "black", "linewidth": 0.6},
        )  # fmt: skip
    for day, again, why in _excluded(timeline):
        start, end = max(day, first), min(again, last)
        if start < end:
            left, width = date2num(start), date2num(end) - date2num(start)
            axes.barh(
                -0.75, width, left=left, height=0.36, color="#ffffff", edgecolor="#555555", hatch="////", linewidth=0.4
            )
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
            axes.text(left + width / 2, -0.84, why, ha="center", va="center", fontsize=6.5, bbox=box)
    row = _FLAG / _BAR * 1.92  # of the height of the axes
    flags = _flags(timeline)
    for flag in flags:
        at, foot = date2num(flag.at), 0.8 + row * flag.level
        if flag.kind == "event":
            axes.plot([at, at], [0.62, foot + row / 2], color="black", linewidth=0.5, clip_on=False)
            axes.plot([at], [0.62], marker="v", color="black", markersize=5, clip_on=False)
        elif flag.kind == "deadline":
            axes.plot([at, at], [-1.12, foot + row / 2], color="black", linestyle="--", linewidth=1.4, clip_on=False)
        weight = "bold" if flag.kind == "deadline" else "normal"
        axes.text(at, foot, f" {flag.name}", ha="left", va="bottom", fontsize=6.5, fontweight=weight)
    axes.set(ylim=(-1.12, 0.8), xlim=(date2num(first), date2num(last)), yticks=[])
    locator = dates.AutoDateLocator(tz=where, minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=where))
    axes.tick_params(labelsize=7)
    axes.xaxis.get_offset_text().set_fontsize(7)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    pad = 8 + 72 * _FLAG * max(flag.level + 1 for flag in flags)
    axes.set_title(f"{name} ({timeline.name})", loc="left", fontsize=10, fontweight="bold", pad=pad)
    lines = [f"{number}  {described(each, timeline)}" for number, each in enumerate(timeline.intervals, 1)]
    text = "\n".join([*lines, summary(timeline)])
    axes.text(0, -0.48, text, transform=axes.transAxes, va="top", fontsize=8, linespacing=1.35)


def _span(timeline: Timeline) -> tuple[datetime, datetime]:
    """What is shown: from shortly before scheduled release to the last event, the deadline included."""
    where = timeline.where
    instants = [clock.instant(event.at, where) for event in timeline.events]
    due = next((at for at, event in zip(instants, timeline.events, strict=True) if event.event == "release_due"), None)
    first = max(instants[0], due - LEAD) if due else instants[0]
    ends = [each.end or each.start for each in timeline.intervals]
    ends += [timeline.deadline] if timeline.deadline else []
    last: datetime = max(*instants, *ends, first + timedelta(hours=1))
    return first, last + (last - first) / 40


class _Flag(NamedTuple):
    """A name over the bar: of an event, of a deadline, or of what lies before all that is shown. `level` is its row."""

    at: datetime
    name: str
    kind: Literal["event", "deadline", "earlier"]
    level: int = 0


def _flags(timeline: Timeline) -> list[_Flag]:
    """What is named over the bar, in the order of time. A name that reaches past later ones stands in a row above them, so that
    no line from a name to the bar crosses another name. Events before the window are one flag, at its left.
    """
    where = timeline.where
    first, last = _span(timeline)
    events = [(clock.instant(event.at, where), word(event.event)) for event in timeline.events]
    found = [_Flag(at, name, "event") for at, name in events if first <= at <= last]
    ends = dict.fromkeys(each.decision.hold_until for each in timeline.intervals if each.decision)
    found += [_Flag(end, f"deadline {end:%a %H:%M}", "deadline") for end in ends if end and first <= end <= last]
    found.sort(key=lambda flag: flag.at)
    if earlier := [f"{name} {at.astimezone(where):%Y-%m-%d %H:%M}" for at, name in events if at < first]:
        found.insert(0, _Flag(first, f"◀ {', '.join(earlier)}", "earlier"))
    flags: list[_Flag] = []
    for flag in reversed(found):
        end = flag.at + (last - first) * (_SIGN * (len(flag.name) + 3) / _WIDE)
        flags.insert(0, flag._replace(level=max((each.level + 1 for each in flags if each.at < end), default=0)))
    return flags


def _excluded(timeline: Timeline) -> Iterator[tuple[datetime, datetime, str]]:
    """The local days that the limit of a hold left out: from, to, and why."""
    seen: set[datetime] = set()
    for each in timeline.intervals:
        limit = each.decision.resolution.control.limit if each.decision else None
        if each.decision is None or limit is None:
            continue
        situation, law, rule = each.decision.situation, each.decision.law, limit.rule
        for day in clock.count_days(
            situation.release_at, rule.hours or 0, rule.excluding, situation.where, law.calendar
        ):
            if day.excluded and day.start not in seen:
                seen.add(day.start)
                name = (
                    clock.holiday_name(law.calendar, day.day)
                    if day.excluded == "holidays" and law.calendar
                    else f"{day.day:%a}"
                )
                yield day.start, day.end, f"{name}: not counted"


def _with_words(drawn: str, timelines: Sequence[tuple[str, Timeline]]) -> str:
    """The picture with a title and a description, which readers of the screen read out in its place."""
    for prefix, uri in (("", _SVG), ("xlink", "http://www.w3.org/1999/xlink")):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.fromstring(drawn)  # noqa: S314  # our own drawing
    words = " ".join(
        f"{name} ({timeline.name}). {'. '.join(described(each, timeline) for each in timeline.intervals)}. {summary(timeline)}."
        for name, timeline in timelines
    )
    for place, (tag, text) in enumerate(
        (("title", "Custody over time, and what the law asked of the jail"), ("desc", words))
    ):
        element = ElementTree.Element(f"{{{_SVG}}}{tag}", {"id": tag})
        element.text = text
        root.insert(place, element)
    root.set("role", "img")
    root.set("aria-labelledby", "title desc")
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


# -- in a terminal -------------------------------------------------------------------------------------------------------

_SIGNS = {"in_custody": ".", "hold_permitted": "=", "hold_required": "#", "release_required": "!", "open": "?"}
_WIDTH = 72


def text(name: str, timeline: Timeline) -> str:
    """A timeline for a terminal: a bar of signs from shortly before scheduled release, and what each stretch is."""
    first, last = _span(timeline)
    step = (last - first) / _WIDTH
    signs: list[str] = []
    for column in range(_WIDTH):
        at = first + step * (column + 0.5)
        each = next((i for i in timeline.intervals if i.start <= at and (i.end is None or at < i.end)), None)
        signs.append(_SIGNS[_kind(each)] if each else " ")
    before = any(each.start < first for each in timeline.intervals)
    signs[:1] = "<" if before else signs[:1]
    lines = [f"{name} ({timeline.name})"]
    lines += [f"  {event.at:%Y-%m-%d %H:%M}  {word(event.event)}" for event in timeline.events]
    lines += ["", f"  |{''.join(signs)}|"]
    if timeline.deadline and first <= timeline.deadline <= last:
        lines.append(f"   {' ' * min(_WIDTH - 1, int((timeline.deadline - first) / step))}^ deadline")
    lines += [
        f"  {first.astimezone(timeline.where):%Y-%m-%d %H:%M} to {last.astimezone(timeline.where):%Y-%m-%d %H:%M}"
        + (" (< it began before)" if before else ""),
        "",
    ]
    lines += [f"  {_SIGNS[_kind(each)]} {described(each, timeline)}" for each in timeline.intervals]
    return "\n".join([*lines, f"  {summary(timeline)}"]) + "\n"
