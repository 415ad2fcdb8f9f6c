"""What is decided of each kind of rows: by the engine `direct`, of the first row of the kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from detainer.columnar.endings import end_of
from detainer.columnar.facts import PLACE
from detainer.columnar.plan import MORE, NEXT, NO_END, Plan
from detainer.columnar.rows import case_of
from detainer.columnar.stretches import span_of
from detainer.decision import Decision
from detainer.engines import decide, decide_under, load
from detainer.errors import dotted

WORDS = (PLACE, "outcome", "ended_by", "ruling", "authority", "caveats", "open_questions", "digest")
"""Columns of few different words."""

_NEXT_TYPES = dict(zip(NEXT, (pa.date32(), pa.string(), pa.string(), pa.bool_()), strict=True))

_TYPES = (
    dict.fromkeys(WORDS, pa.string())
    | dict.fromkeys(("end", "end_at", "limit"), pa.int64())
    | dict.fromkeys(("settled", "apart"), pa.bool_())
)


def decisions(plan: Plan, kinds: Iterable[tuple[tuple[Any, ...], Mapping[str, Any]]]) -> pa.Table:
    """A row for each kind: its key, and what is decided of it. `kinds` are keys, each with a row of the kind as `reading.read`
    gives it. `limit` is the number of the limit of `Plan.spans` that would end the hold under the law of the day, `end` of that
    which ends it (see `endings`), `end_at` the instant in microseconds since 1970 where none does. Codes of caveats and names of
    facts that are asked for are apart by spaces.
    """
    types = (
        dict.fromkeys(plan.key.columns, pa.int64())
        | {MORE: pa.string()}
        | _TYPES
        | (_NEXT_TYPES if plan.with_next else {})
    )
    found: dict[str, list[Any]] = {name: [] for name in types}
    for key, row in kinds:
        case = case_of({name.removesuffix("_raw"): value for name, value in row.items()})
        decision = decide(case, engine="direct", library=plan.library)
        said = _said(plan, decision) | (_next(plan, decision) if plan.with_next else {})
        for name, value in (*zip(plan.key_columns, key, strict=True), *said.items()):
            found[name].append(value)
    return pa.table({name: pa.array(values, types[name]) for name, values in found.items()})


def _next(plan: Plan, decision: Decision) -> dict[str, Any]:
    """What the next law of the place says of the same case."""
    law = decision.law.after
    if law is None:
        return dict.fromkeys(NEXT)
    then = decide_under(law, decision.case, load("direct"))
    return dict(zip(NEXT, (law.since, then.outcome, then.ruling.id, then.settled), strict=True))


def _said(plan: Plan, decision: Decision) -> dict[str, Any]:
    control = decision.resolution.control
    limit = control.limit if decision.limit_ends else None
    end = end_of(plan, decision)
    return {
        PLACE: decision.case.jurisdiction,
        "outcome": decision.outcome,
        "end": end.limit,
        "end_at": plan.timetable.instants.plain(end.at) if end.at else 0,
        "apart": end.apart,
        "ended_by": decision.ended_by,
        "limit": plan.spans.index(span_of(limit)) if limit else NO_END,
        "ruling": control.ruling.id,
        "authority": control.ruling.authority.cite,
        "settled": decision.settled,
        "caveats": " ".join(decision.caveat_codes),
        "open_questions": " ".join(map(dotted, decision.resolution.deciding)),
        "digest": decision.ruleset_digest,
    }
