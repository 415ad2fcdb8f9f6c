"""Millions of mixed cases under all shipped law: our plan, and the same policy written by hand in Polars, in one run.

By hand means what somebody would write who knew this law and had to write it once: no citation, no caveat, no unknown fact, no
look at whether the facts can be, none at later law. Outcomes, rulings and ends of limits are compared over all rows. Ours is
measured on a first table, law and plan made afresh, and on a further table of other cases, when law, plan and kinds of cases are
known from the first: so it is from the second part of a run on. Then the whole command from Parquet to a folder of Parquet, at
four sizes, and on a million rows of which little is known.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

ROWS = 5_000_000
SIZES = (1_000_000, 5_000_000, 20_000_000, 50_000_000)
FIRST, LAST = date(2012, 1, 1), date(2023, 12, 31)
OFFENSES = ("homicide", "violent", "sex", "drug", "property", "serious_traffic")
FORMS = ("I-247", "I-247D", "I-247N", "I-247X", "I-247A")
CUSTODY = ("I-247", "I-247D", "I-247X", "I-247A")


def generate(path: Path, rows: int, first: int = 0) -> None:
    """Cases of all shipped places, up to three convictions and two charges each, every fact known; `first` makes others."""
    import duckdb

    from detainer.columnar.plan import Plan

    def words(values: Any) -> str:
        return "[" + ", ".join(f"'{value}'" for value in values) + "]"

    def one(salt: int, count: int) -> str:
        return f"(hash(i + {salt}000003) % {count})::INT"

    places = sorted({law.place for law in Plan().laws})
    there = f"{one(1, 10)} < 8"
    warrant = f"{one(3, 10)} = 0"
    days = (LAST - FIRST).days
    born = f"DATE '1940-01-01' + {one(6, 22000)}"
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute(f"""
        COPY (SELECT {words(places)}[1 + {one(0, len(places))}] AS jurisdiction,
            TIMESTAMP '{FIRST}' + to_days({one(7, days)}) + to_minutes(180 + {one(13, 1260)}) AS release_at,
            {there} AS detainer, CASE WHEN {there} THEN {words(FORMS)}[1 + {one(2, len(FORMS))}] END AS detainer_form,
            CASE WHEN {there} THEN {one(11, 2)} = 0 END AS detainer_served,
            CASE WHEN {there} THEN [['affidavit'], ['biometrics', 'statements'], []::VARCHAR[]][1 + {one(12, 3)}] END
                AS detainer_probable_cause,
            {warrant} AS judicial_warrant,
            CASE WHEN {warrant} THEN ['criminal', 'civil'][1 + {one(4, 2)}] END AS judicial_warrant_kind,
            CASE WHEN {warrant} THEN ['federal_judge', 'federal_magistrate', 'state_judge'][1 + {one(5, 3)}] END
                AS judicial_warrant_issued_by,
            {born} AS person_date_of_birth,
            list_transform(range({one(8, 4)}), lambda j: {{
                'offense': {words(OFFENSES)}[1 + (hash(i + j * 5000011) % {len(OFFENSES)})::INT],
                'convicted_on': greatest(DATE '1990-01-01' + (hash(i + j * 7000003) % 7900)::INT, {born} + 3650),
                'released_on': DATE '2012-01-01',
                'shown_in_writing': hash(i * 7 + j) % 2 = 0}}) AS convictions,
            list_transform(range({one(9, 3)}), lambda j: {{'offense': 'drug'}}) AS charges
        FROM range({first}, {first + rows}) t(i))
        TO '{path}' (FORMAT PARQUET)
    """)  # no moment before three in the morning: the clocks skip or repeat none of these


def national(path: Path, rows: int) -> None:
    """Rows of the national file's shape, as `detainer import` makes cases of them: a place, a day and a form, and no more."""
    import duckdb

    raw, cases = path.with_name("national.parquet"), path.with_name("cases-of-national.parquet")
    for arguments in (["synthetic", str(raw), "--rows", str(2 * rows)], ["ice-detainers", str(raw), str(cases)]):
        subprocess.run([sys.executable, "-m", "detainer", "import", *arguments], capture_output=True, check=True)
    duckdb.execute(f"COPY (FROM '{cases}' LIMIT {rows}) TO '{path}' (FORMAT PARQUET)")


def little_known(path: Path, rows: int) -> None:
    """The mixed cases without birth date, warrants and convictions."""
    import duckdb

    whole = path.with_name("whole.parquet")
    generate(whole, rows)
    unknown = "person_date_of_birth, judicial_warrant, judicial_warrant_kind, judicial_warrant_issued_by, convictions"
    duckdb.execute(f"COPY (SELECT * EXCLUDE ({unknown}) FROM '{whole}') TO '{path}' (FORMAT PARQUET)")


def half_known(path: Path, rows: int) -> None:
    """King County while its law looks ten years back: neither birth date nor warrants known, half of each conviction."""
    import duckdb

    duckdb.execute(f"""
        COPY (SELECT 'us/wa/king' AS jurisdiction, 'I-247' AS detainer_form,
            TIMESTAMP '2013-12-21' + to_days((hash(i) % 265)::INT) + to_minutes(180 + (hash(i + 7) % 1260)::INT) AS release_at,
            list_transform(range((hash(i + 3) % 4)::INT), lambda j: {{
                'offense': ['violent', 'drug', 'homicide'][1 + (hash(i + j * 11) % 3)::INT],
                'convicted_on': DATE '1999-01-01' + (hash(i + j * 77) % 5000)::INT,
                'shown_in_writing': CASE WHEN hash(i + j) % 3 > 0 THEN true END}}) AS convictions
        FROM range({rows}) t(i)) TO '{path}' (FORMAT PARQUET)
    """)


LITTLE_KNOWN = {
    "of the national file's shape": national,
    "no birth, warrant, conviction": little_known,
    "half known, looking back": half_known,
}

# -- ours ------------------------------------------------------------------------------------------------------------------


def ours(path: Path) -> dict[str, Any]:
    """From a table in memory to a table in memory: the first table and a further one, the best of three each."""
    from detainer.columnar.decider import DuckDB
    from detainer.columnar.plan import Plan
    from detainer.garbage import collect_rarely

    collect_rarely()  # as the command does
    paths = (path, _further(path))
    best = [float("inf")] * len(paths)
    for _ in range(3):
        decider = DuckDB(Plan())
        decider.con.raw_sql("SET threads = 2")
        for number, each in enumerate(paths):
            decider.con.raw_sql(
                f"CREATE OR REPLACE TEMP TABLE given AS SELECT file_row_number + 1 AS row, * EXCLUDE (file_row_number) "
                f"FROM read_parquet('{each}', file_row_number = true)"
            )
            start = time.perf_counter()
            answers = decider.keep("answers", decider.decide(decider.con.table("given")).decisions)
            best[number] = min(best[number], time.perf_counter() - start)
            decider.con.raw_sql(
                f"COPY (SELECT outcome, limit_ends, ruling FROM {answers.get_name()} ORDER BY row) "
                f"TO '{each.with_suffix('.ours')}' (FORMAT PARQUET)"
            )
    rows = int(decider.con.table("given").count().execute())
    return {"rows": rows, "seconds": best, "peak": _peak()}


def _further(path: Path) -> Path:
    return path.with_name(f"further-{path.name}")


# -- by hand ---------------------------------------------------------------------------------------------------------------


def by_hand(path: Path) -> dict[str, Any]:
    """The same from a data frame to a data frame."""
    import polars as pl

    deadlines = _deadlines()
    best = float("inf")
    for each in (path, _further(path)):
        frame = pl.read_parquet(each)
        for _ in range(3):
            start = time.perf_counter()
            answers = _policy(frame, deadlines)
            best = min(best, time.perf_counter() - start)
        ours_ = pl.read_parquet(each.with_suffix(".ours"))
        for name in ("outcome", "ruling"):
            assert (answers[name].cast(pl.String) == ours_[name].cast(pl.String)).all(), name
        assert answers["limit_ends"].dt.epoch("us").eq_missing(ours_["limit_ends"].dt.epoch("us")).all()
    return {"rows": len(frame), "seconds": [best], "peak": _peak()}


def _deadlines() -> Any:
    """When the 48 hours begin, and how long they stand still, for each day: somebody by hand would look it up, too."""
    import polars as pl

    from detainer.columnar import calendar
    from detainer.columnar.calendar import Clock, Span

    spans = [Span(48, ("holidays", "saturdays", "sundays"))]
    rows = list(calendar.days([Clock("America/Los_Angeles", "US")], spans, FIRST, date(2024, 1, 10)))
    names = [*calendar.COLUMNS, *calendar.span_columns(0)]
    return pl.DataFrame(rows, schema=names, orient="row").drop("clock", "change_from", "change_to", "change_at")


NO_HOLDS = {
    "us/wa/chelan": date(2014, 5, 1), "us/wa/pierce": date(2014, 5, 1), "us/wa/san-juan": date(2014, 5, 1),
    "us/wa/skagit": date(2014, 5, 1), "us/wa/snohomish": date(2014, 4, 30), "us/wa/whatcom": date(2014, 5, 1),
}  # fmt: skip


def _policy(frame: Any, deadlines: Any) -> Any:
    import polars as pl

    col, lit, when = pl.col, pl.lit, pl.when
    place, form = col("jurisdiction"), col("detainer_form")
    warrant = col("judicial_warrant")
    asks = col("detainer") & form.is_in(CUSTODY) & ~((form == "I-247A") & ~col("detainer_served"))
    grounds = col("detainer_probable_cause")
    table = frame.lazy().with_columns(
        day=col("release_at").dt.date(),
        utc=col("release_at")
        .dt.replace_time_zone("America/Los_Angeles", ambiguous="null", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None),
    )
    since = col("day").dt.offset_by("-10y")
    entry = pl.element().struct
    shown = entry.field("shown_in_writing")
    table = table.with_columns(
        since=since, homicide=col("convictions").list.eval(shown & (entry.field("offense") == "homicide")).list.any()
    )
    # what is asked of days needs the row's own day, so the entries of the only county that asks are looked at one by one
    asked = (place == "us/wa/king") & (col("day") >= date(2013, 12, 20)) & (col("day") < date(2014, 9, 15))
    entries = (
        table.with_row_index("row")
        .filter(asked)
        .select("row", "since", "convictions")
        .explode("convictions")
        .unnest("convictions")
        .with_columns(late=col("shown_in_writing") & (pl.max_horizontal("convicted_on", "released_on") >= col("since")))
        .group_by("row")
        .agg(
            serious=(col("late") & col("offense").is_in(["violent", "serious", "sex", "firearm"])).any(),
            traffic=(col("late") & (col("offense") == "serious_traffic")).sum(),
        )
    )
    table = (
        table.with_row_index("row")
        .join(entries, on="row", how="left", maintain_order="left")
        .join(deadlines.lazy(), on="day", how="left", maintain_order="left")
    )
    day = col("day")

    def number(of: Any) -> Any:
        return of.dt.year() * 10000 + of.dt.month().cast(pl.Int32) * 100 + of.dt.day()

    years = (number(day) - number(col("person_date_of_birth"))) // 10000
    adult = years >= 18
    serious = col("serious").fill_null(False) | (col("traffic").fill_null(0) >= 2)
    king_2013 = asked
    state = place.str.slice(0, 5)
    refused = (
        when((place == "us/or/clackamas") & (day >= date(2014, 4, 11)) & (grounds.list.len() == 0))
        .then(lit("us/or/clackamas/miranda-olivares"))
        .when((state == "us/wa") & (day >= date(2019, 5, 21)))
        .then(lit("us/wa/kww-no-hold"))
        .when((state == "us/or") & (day >= date(2021, 7, 19)))
        .then(lit("us/or/sanctuary-promise"))
        .when(king_2013 & ~(adult & (col("homicide") | serious)))
        .then(lit("us/wa/king/otherwise-no"))
        .when((place == "us/wa/king") & (day >= date(2014, 9, 15)))
        .then(lit("us/wa/king/criminal-warrant-only"))
    )
    for name, start in NO_HOLDS.items():
        refused = refused.when((place == name) & (day >= start)).then(lit(f"{name}/no-detainer-holds"))
    for name in ("us/wa/clallam", "us/wa/jefferson"):
        refused = refused.when((place == name) & (col("charges").list.len() == 0)).then(
            lit(f"{name}/no-detainer-holds")
        )
    clark = (place == "us/wa/clark") & (day >= date(2014, 5, 1))
    affidavit = grounds.list.contains("affidavit")
    refused = refused.when(clark & ~affidavit).then(lit("us/wa/clark/no-affidavit"))
    ground = (
        when((place == "us/or/clackamas") & (day < date(2014, 4, 11)))
        .then(lit("us/or/clackamas/honor-all"))
        .when(clark & affidavit)
        .then(lit("us/wa/clark/probable-cause-affidavit"))
        .when((place == "us/wa/king") & (day < date(2013, 12, 20)))
        .then(lit("us/wa/king/honor-all"))
        .when(king_2013 & adult & col("homicide"))
        .then(lit("us/wa/king/homicide-conviction"))
        .when(king_2013 & adult & serious)
        .then(lit("us/wa/king/serious-conviction"))
        .otherwise(lit("us/detainer-request"))
    )
    begin = pl.max_horizontal("utc", "start_0")
    still = (
        when(begin <= col("after_0_0")).then(col("still_0_0")).when(begin <= col("after_0_1")).then(col("still_0_1"))
    )
    counted = begin + pl.duration(seconds=still.otherwise(col("still_0_2")) + 48 * 3600)
    straight = (form == "I-247A") & (day >= date(2017, 4, 2))
    until = when(straight).then(pl.min_horizontal(counted, col("utc") + pl.duration(hours=48))).otherwise(counted)
    table = table.with_columns(refused=refused.otherwise(None), ground=ground, until=until, asks=asks.fill_null(False))
    held = col("asks") & col("refused").is_null()
    return table.select(
        outcome=when(warrant | held).then(lit("hold")).otherwise(lit("release")),
        limit_ends=when(~warrant & held).then(col("until")),
        ruling=when(warrant)
        .then(lit("us/judicial-warrant"))
        .when(~col("asks"))
        .then(lit("us/no-authority"))
        .when(col("refused").is_not_null())
        .then(col("refused"))
        .otherwise(col("ground")),
    ).collect()


# -- the whole command -----------------------------------------------------------------------------------------------------


def command(path: Path) -> dict[str, Any]:
    """`detainer bulk` from its start to its end."""
    out = path.with_suffix("")
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "detainer", "bulk", str(path), str(out)], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - start
    rows = int(done.stdout.splitlines()[-1].split()[0].replace(",", ""))
    shutil.rmtree(out)
    return {"rows": rows, "seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _alone(what: str, path: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, __file__, what, str(path)], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _say(name: str, found: dict[str, Any], speed: float) -> None:
    print(f"{name:30} {found['rows']:>11,} rows {speed:>11,.0f} decisions/s {found['peak']:>6,} MB", flush=True)


def main() -> None:
    """All of it, each part in a process of its own."""
    sizes = tuple(int(each) for each in sys.argv[1:]) or SIZES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.parquet"
        generate(path, ROWS)
        generate(_further(path), ROWS, ROWS)
        speeds: list[float] = []
        for names, what in (
            (("detainer, DuckDB, first table", "detainer, a further table"), "ours"),
            (("Polars, by hand",), "by_hand"),
        ):
            found = _alone(what, path)
            for name, seconds in zip(names, found["seconds"], strict=True):
                speeds.append(found["rows"] / seconds)
                _say(name, found, speeds[-1])
        for name, speed in zip(("first table against by hand", "further against by hand"), speeds, strict=False):
            print(f"{name:30} {speed / speeds[-1]:>11.2f}")
        for size in sizes:
            generate(path, size)
            found = _alone("command", path)
            _say("detainer bulk, files", found, found["rows"] / found["seconds"])
        for name, make in LITTLE_KNOWN.items():
            make(path, sizes[0])
            found = _alone("command", path)
            _say(name, found, found["rows"] / found["seconds"])


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("ours", "by_hand", "command"):
        print(json.dumps({"ours": ours, "by_hand": by_hand, "command": command}[sys.argv[1]](Path(sys.argv[2]))))
    else:
        main()
