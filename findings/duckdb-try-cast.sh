#!/usr/bin/env bash
# DuckDB 1.5.6: TRY_CAST promises NULL for what cannot be cast. From DATE to TIMESTAMP_NS it keeps that promise for a day beyond the
# range (the year 2500); from TIMESTAMP and from TIMESTAMPTZ it raises, so that one such row ends the whole query. Expected: NULL all
# three times. The range has to be asked before the cast. Ends with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==1.5.6
"$folder/venv/bin/python" - <<'PY'
import duckdb

found = []
for kind in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
    try:
        found.append(str(duckdb.execute(f"SELECT TRY_CAST('2500-01-01'::{kind} AS TIMESTAMP_NS)").fetchone()[0]))
    except duckdb.Error as error:
        found.append(type(error).__name__)
    print(f"DuckDB 1.5.6, TRY_CAST of the year 2500 from {kind} to TIMESTAMP_NS: {found[-1]}")
raise SystemExit(found != ["None", "ConversionException", "ConversionException"])
PY
