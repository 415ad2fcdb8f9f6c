"""Exact answers with unknown facts: every shipped law, every stretch of it, the cases in which least is known."""

from __future__ import annotations

import time
from datetime import date
from itertools import product

from detainer import Case, Law, decide
from detainer.library import library_at

UNKNOWN_CASES = {
    "nothing known": {},
    "a detainer, no more": {"detainer": {}},
    "a detainer and a warrant, no more": {"detainer": {}, "judicial_warrant": {}},
    "three convictions, no more": {"convictions": [{}, {}, {}]},
    "five convictions, a detainer, a charge, no more": {"detainer": {}, "convictions": [{}] * 5, "charges": [{}]},
}


def seconds(case: Case, law: Law | None = None, repeats: int = 7) -> float:
    """The best of several decisions by the engine `direct`; as if it were the first of its kind, where `law` is given."""
    best = 9.0
    for _ in range(repeats):
        if law is not None:
            law.kept.pop("ways", None)
        start = time.perf_counter()
        decide(case, engine="direct")
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """The slowest law for each kind of case, then one case the exact way and by trying every value."""
    library = library_at()
    for name, fields in UNKNOWN_CASES.items():
        found: list[tuple[float, str, float]] = []
        for place in library.places:
            for law in library.history(place):
                if law.timezone is not None:
                    day = max(law.since or date(2011, 3, 1), date(1998, 1, 1))
                    case = Case.model_validate({"jurisdiction": place, "release_at": f"{day}T10:00", **fields})
                    found.append((seconds(case, law), f"{place} {day}", seconds(case)))
        worst, where, _ = max(found)
        middle = sorted(found)[len(found) // 2]
        print(f"{name:48} slowest {worst * 1e3:4.2f} ms ({where})", end="")
        print(f", median {middle[0] * 1e3:4.2f} ms, the next of its kind {middle[2] * 1e3:4.2f} ms")

    known = {
        "jurisdiction": "us/wa/king",
        "release_at": "2014-03-03T10:00",
        "judicial_warrant": None,
        "person": {"age": 30},
        "convictions": [{"offense": "homicide", "convicted_on": "1999-05-06", "shown_in_writing": True}],
    }
    exact = seconds(Case.model_validate({**known, "detainer": {}}))
    forms, grounds = ("I-247", "I-247D", "I-247N", "I-247X", "I-247A"), ("affidavit", "final_order", "biometrics")
    start = time.perf_counter()
    outcomes = {
        decide(
            Case.model_validate({**known, "detainer": {"form": form, "served": served, "probable_cause": [ground]}})
        ).outcome
        for form, served, ground in product(forms, (True, False), grounds)
    }
    tried = time.perf_counter() - start
    assert outcomes == {"hold", "release"}
    assert not decide(Case.model_validate({**known, "detainer": {}})).settled
    print(
        f"a detainer of unknown kind: exact {exact * 1e3:.2f} ms; 30 ways of filling it in, one by one {tried * 1e3:.2f} ms"
    )


if __name__ == "__main__":
    main()
