"""Made-up files of the shape of the national detainer records, of any size, for tests and benchmarks.

Every row says that it is synthetic, and so does the file's metadata. Shares are round numbers and stand for nothing. The same
seed gives the same rows.
"""

from __future__ import annotations

from pathlib import Path

from detainer.columnar import writing
from detainer.columnar.database import connect
from detainer.records import facilities
from detainer.records.mapping import mapping_at

_REDACTED = "b(6), b(7)c"
_FORMS = ("I-247A - Immigration Detainer - Notice of Action",) * 17 + (_REDACTED, "", "Other")
_CRIMINALITY = ("1 Convicted Criminal", "2 Pending Criminal Charges", "3 Other Immigration Violator")
_CODES = ("0999", "1199", "1315", "2399", "3599", "5404", "5599", "7399")
_ELSEWHERE = (("NV", "SOMEWHERE COUNTY JAIL"), ("WA", "SOMEWHERE CITY JAIL"), ("OR", _REDACTED))
_FIRST, _DAYS = "2022-09-01", 1100


def write(out: Path, rows: int, seed: int) -> None:
    """Write a file: Parquet, CSV or another format of `files.OUTPUTS`. Raises `DetainerError` for a name of none."""
    writing.check_output(out)
    con = connect()
    where = [(row.states[0], f"{' '.join(row.words)} JAIL") for row in _counties()] + list(_ELSEWHERE) * 8
    columns = {
        "detainer_prepare_date": f"strftime(DATE '{_FIRST}' + {_pick(0, seed, _DAYS)}::INT, '%Y-%m-%d')",
        "facility_state": _one_of(1, seed, [state for state, _ in where]),
        "detainer_facility": _one_of(1, seed, [name for _, name in where]),
        "detainer_criminality": _one_of(2, seed, _CRIMINALITY),
        "msc_charge_code": f"CASE WHEN {_pick(2, seed, len(_CRIMINALITY))} = 0 THEN {_one_of(3, seed, _CODES)} ELSE '' END",
        "msc_conviction_date": f"CASE WHEN {_pick(2, seed, len(_CRIMINALITY))} = 0 "
        f"THEN strftime(DATE '{_FIRST}' - 1 - {_pick(4, seed, 9000)}::INT, '%Y-%m-%d') ELSE '' END",
        "detainer_type": _one_of(5, seed, _FORMS),
        "final_order_yes_no": _one_of(6, seed, ("YES", "NO", _REDACTED)),
        "biometric_match_yes_no": _one_of(7, seed, ("YES", "NO")),
        "statements_made_yes_no": _one_of(8, seed, ("YES", "NO")),
        "birth_year": f"CAST(1950 + {_pick(9, seed, 55)} AS VARCHAR)",
        "duplicate_likely": f"CASE WHEN {_pick(10, seed, 50)} = 0 THEN 'TRUE' ELSE 'FALSE' END",
        "anonymized_identifier": f"'{_REDACTED}'",
        "file_original": f"'synthetic, seed {seed}'",
        "sheet_original": "'synthetic'",
        "row_original": "CAST(i AS VARCHAR)",
    }
    said = ", ".join(f"{columns.get(name, _text(''))} AS {name}" for name in mapping_at("ice-detainers").columns)
    table = f"SELECT {said} FROM range({rows}) t(i)"  # noqa: S608  # words of this file
    with writing.alone(out):
        writing.write_alone(table, out, con, "detainers", rows, f", KV_METADATA {{synthetic: 'yes, seed {seed}'}}")


def _counties() -> list[facilities.Row]:
    from detainer.library import library_at

    return facilities.Facilities([facilities.shipped()], library_at()).rows


def _pick(column: int, seed: int, count: int) -> str:
    """A number below `count`, other for each row and column: the first digits of a digest, which no version of DuckDB changes."""
    return f"(md5_number_lower('{seed}/{column}/' || i) % {count})"


def _one_of(column: int, seed: int, values: tuple[str, ...] | list[str]) -> str:
    return f"([{', '.join(map(_text, values))}])[1 + {_pick(column, seed, len(values))}::INT]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
