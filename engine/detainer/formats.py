"""Records as people and programs want to read them: a table, JSON, JSONL, CSV, Markdown, JUnit. Writes to a stream."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedWriter
from typing import Any, Literal, TextIO, cast
from xml.etree import ElementTree

from pydantic_core import to_json

from detainer.safe import for_spreadsheet, markdown, printable

Record = dict[str, Any]
Format = Literal["table", "json", "jsonl", "csv", "markdown", "junit"]
Paint = Callable[[str, str], str]
"""Colors a text: (text, name of a color)."""


def plain(text: str, color: str) -> str:
    """No color at all."""
    return text


def answer(record: Record) -> str:
    """``hold until 2014-03-05 10:00 -08:00``, ``hold (no limit)``, ``release`` and, where it hangs on unknowns, on which."""
    if "errors" in record:
        return "not decided"
    end: str | None = record["hold_until"]
    text: str = record["outcome"]
    if text == "hold":
        text += f" until {_moment(end)}" if end else " (no limit)"
    return text if record["settled"] else f"{text} (unsettled)"


def _moment(written: str) -> str:
    """An ISO moment as people read it."""
    return f"{written[:10]} {written[11:16]} {written[-6:]}"


def ended(record: Record) -> str | None:
    """What ends a hold where that is not the limit of the law of the day, and what that law would allow by itself."""
    if record["hold_until"] == record["limit_ends"]:
        return None
    alone = f"; by the law of the day alone, {_moment(record['limit_ends'])}" if record["limit_ends"] else ""
    return f"ended by {record['ended_by'] or 'nothing on record'}{alone}"


def ruled(record: Record) -> str:
    """The answer and the rule that drove it."""
    return f"{answer(record)} — {record['ruling']['id']}"


def tally(records: Iterable[Record], counts: Counter[str]) -> Iterator[Record]:
    """Passes records on and counts them: ``scenarios``, outcomes, ``unsettled``, ``met``, ``failed``, ``errors``."""
    for record in records:
        if "errors" in record:
            counts["errors"] += len(record["errors"])
        else:
            counts["scenarios"] += 1
            counts[record["outcome"]] += 1
            counts["unsettled"] += not record["settled"]
            counts[record.get("expected", "no expectation")] += 1
        yield record


def plural(count: int, noun: str) -> str:
    """``1 scenario``, ``2,000 scenarios``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def summary(counts: Counter[str]) -> str:
    """One line: how many scenarios, how many held, what was expected and what went wrong."""
    text = f"{plural(counts['scenarios'], 'scenario')}: {counts['hold']} hold, {counts['release']} release"
    if counts["unsettled"]:
        text += f" ({counts['unsettled']} unsettled)"
    text += f"; expectations: {counts['met']} met, {counts['failed']} failed"
    if counts["no expectation"]:
        text += f", {counts['no expectation']} without"
    return f"{text}; {plural(counts['errors'], 'error')}" if counts["errors"] else text


_COUNTED = ("id", "outcome", "settled", "expected", "errors")


def in_table(record: Record) -> Record:
    """What a table shows of a record (`row`), and what is counted and compared: so little that processes hand it on quickly."""
    color, beside, failures = _beside(record)
    lines, unmet = ([printable(line) for line in each] for each in (beside, failures))
    row = (printable(str(record["id"] or record["file"])), answer(record), color, lines, unmet)
    return {"row": row} | {name: record[name] for name in _COUNTED if name in record}


def write_table(records: Iterable[Record], out: TextIO, paint: Paint) -> None:
    """Two lines a scenario, columns aligned: the answer and the ruling, and below it the citation and its confidence. The records
    are those of `in_table`.
    """
    rows = [record["row"] for record in records]
    first = max((len(row[0]) for row in rows), default=0) + 2
    second = max((len(row[1]) for row in rows), default=0) + 2
    lead = " " * (first + second)
    between = f"\n{lead}"
    for name, text, color, beside, failures in rows:
        out.write(f"{name:{first}}{paint(text.ljust(second), color)}{between.join(beside)}\n")
        out.writelines([paint(f"{lead}FAILED {line}\n", "red") for line in failures])


def _beside(record: Record) -> tuple[str, list[str], list[str]]:
    """The color of an answer, the lines beside it, and what was expected of it in vain."""
    if "errors" in record:
        return "red", _places(record), []
    ruling = record["ruling"]
    authority = ruling["authority"]
    lines = [ruling["id"], f"{authority['cite']} [{authority['confidence']}]"]
    lines += [each for each in [ended(record)] if each]
    lines += [f"open: {each['fact']}: {each['ask']}" for each in record["open_questions"]]
    color = "yellow" if not record["settled"] else "magenta" if record["outcome"] == "hold" else "green"
    return color, lines, record.get("difference", [])


def _places(record: Record) -> list[str]:
    """The problems of a record, each with its file, line and column."""
    return [f"{e['file']}:{e['line']}:{e['column']}: {e['message']}" for e in record["errors"]]


def write_json(records: Iterable[Record], out: TextIO, paint: Paint) -> None:
    """One array, an object a line. UTF-8, whatever the stream's own encoding."""
    lead = b"[\n"
    with _wide(out) as wide:
        for record in records:
            wide.write(lead + to_json(record))
            lead = b",\n"
        wide.write(b"[]\n" if lead == b"[\n" else b"\n]\n")


def write_jsonl(records: Iterable[Record], out: TextIO, paint: Paint) -> None:
    """One object a line. UTF-8, whatever the stream's own encoding."""
    with _wide(out) as wide:
        for record in records:
            wide.write(to_json(record) + b"\n")


@contextmanager
def _wide(out: TextIO) -> Generator[BufferedWriter]:
    """Bytes to a stream, many records at once."""
    wide = BufferedWriter(cast("Any", out.buffer), 2**20)
    try:
        yield wide
    finally:
        wide.flush()
        wide.detach()


_COLUMNS: tuple[str, ...] = (
    "id", "file", "line", "place", "release_at", "release_at_utc", "asked_at", "asked_at_utc", "outcome", "hold_until",
    "hold_until_utc", "ended_by", "limit_ends", "limit_ends_utc", "ruling", "effect", "cite", "url", "confidence", "because",
    "settled", "open_questions", "caveats", "law_as_of", "ruleset_digest", "facts", "expected", "difference", "error",
)  # fmt: skip


def flat(record: Record) -> dict[str, str]:
    """A record as one row; lists are joined with `` | ``, and the facts are the case as JSON."""
    if "errors" in record:
        own = {name: record[name] for name in ("id", "file")} | {"error": " | ".join(_places(record))}
        if len({each["line"] for each in record["errors"]}) == 1:
            own["line"] = record["errors"][0]["line"]
    else:
        ruling, case = record["ruling"], record["case"]
        own = {
            **{name: record.get(name) for name in _COLUMNS},
            **{name: ruling["authority"][name] for name in ("cite", "url", "confidence")},
            "place": case["jurisdiction"],
            "ruling": ruling["id"],
            "effect": ruling["effect"],
            "because": ruling["because"],
            "open_questions": " | ".join(each["fact"] for each in record["open_questions"]),
            "caveats": " | ".join(record["caveats"]),
            "facts": facts(case),
            "difference": " | ".join(record.get("difference", ())),
        }
    return {name: _cell(own.get(name)) for name in _COLUMNS}


def facts(case: Record) -> str:
    """What is stated of the person and the papers, as one line of JSON."""
    stated = {name: value for name, value in case.items() if name not in ("jurisdiction", "release_at", "asked_at")}
    return to_json(stated).decode()


def _cell(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else printable(str(value))


def write_csv(records: Iterable[Record], out: TextIO, paint: Paint, *, spreadsheet: bool = False) -> None:
    """A header and a row a scenario; `spreadsheet`: no cell is one that a spreadsheet takes for a formula."""
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in map(flat, records):
        writer.writerow({name: for_spreadsheet(cell) for name, cell in row.items()} if spreadsheet else row)


def write_markdown(records: Iterable[Record], out: TextIO, paint: Paint) -> None:
    """A table for a report."""
    out.write("| scenario | answer | ruling | authority | expected |\n|---|---|---|---|---|\n")
    for record in records:
        row = flat(record)
        cells = [
            row["id"],
            answer(record),
            row["ruling"],
            f"{row['cite']} [{row['confidence']}]" if row["cite"] else row["error"],
            row["difference"] or row["expected"],
        ]
        out.write("| " + " | ".join(markdown(cell, cell=True) for cell in cells) + " |\n")


_ABOUT = ("place", "release_at", "release_at_utc", "asked_at", "asked_at_utc", "hold_until", "hold_until_utc", "facts")
"""What a test case says of itself besides its name."""


def write_junit(records: Iterable[Record], out: TextIO, paint: Paint) -> None:
    """Test cases for a build server: a failed expectation is a failure, wrong input an error."""
    suite = ElementTree.Element("testsuite", name="detainer")
    counts: Counter[str] = Counter()
    for record in records:
        counts["tests"] += 1
        row = flat(record)
        names = {"name": row["id"] or row["file"], "classname": row["place"] or "detainer"}
        case = ElementTree.SubElement(
            suite, "testcase", names | {name: row[name] for name in ("file", "line") if row[name]}
        )
        about = {name: row[name] for name in _ABOUT if row[name]}
        properties = ElementTree.SubElement(case, "properties") if about else case
        for name, value in about.items():
            ElementTree.SubElement(properties, "property", name=name, value=value)
        if row["error"]:
            counts["errors"] += 1
            ElementTree.SubElement(case, "error", message=row["error"])
        elif row["difference"]:
            counts["failures"] += 1
            ElementTree.SubElement(case, "failure", message=row["difference"]).text = row["because"]
        else:
            ElementTree.SubElement(case, "system-out").text = f"{answer(record)}: {row['ruling']}, {row['cite']}"
    for name in ("tests", "failures", "errors"):
        suite.set(name, str(counts[name]))
    ElementTree.indent(suite)
    out.write('<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n")


WRITERS: dict[Format, Callable[[Iterable[Record], TextIO, Paint], None]] = {
    "table": write_table,
    "json": write_json,
    "jsonl": write_jsonl,
    "csv": write_csv,
    "markdown": write_markdown,
    "junit": write_junit,
}
