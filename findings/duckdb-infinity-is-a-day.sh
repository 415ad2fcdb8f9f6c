#!/usr/bin/env bash
# DuckDB 1.5.6, Python: a date or timestamp that is infinite arrives as the last one that Python has, 9999-12-31, and the negative one
# as 1 January of the year 1: nothing tells it from that day, which a table may hold, too. Expected: an error, or something that is no
# day. Over Arrow it arrives as an error. So what is infinite has to be asked for in SQL (`isfinite`) before rows are fetched. Ends
# with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==1.5.6 pyarrow==25.0.0
"$folder/venv/bin/python" - <<'PY'
from datetime import date, datetime

import duckdb

rows = duckdb.execute("SELECT 'infinity'::DATE, '-infinity'::DATE, '9999-12-31'::DATE, 'infinity'::TIMESTAMP").fetchall()
print("DuckDB 1.5.6, fetched:", rows)
try:
    print("over Arrow:", duckdb.sql("SELECT 'infinity'::DATE AS day").to_arrow_table().to_pylist())
except Exception as error:
    print("over Arrow:", type(error).__name__, str(error).splitlines()[0])
raise SystemExit(rows != [(date.max, date.min, date.max, datetime.max)])
PY
