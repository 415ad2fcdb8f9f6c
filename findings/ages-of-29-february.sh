#!/usr/bin/env bash
# How old is, on 28 February 2022, who was born on 29 February 2004? Libraries that count whole years differ, and one differs from
# itself: DuckDB 1.5.6 `date_sub('year', …)` says 18, its `age(…)` 17 years and 11 months; python-dateutil 4.0.0 `relativedelta` says 18;
# pendulum 3.3.0 says 17. Expected: 17 everywhere, for the birthday in a common year is 1 March in the law that we write down, or at
# least one answer in each library. An age that a law asks for must not be left to any of them. Ends with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==1.5.6 python-dateutil==4.0.0 pendulum==3.3.0
"$folder/venv/bin/python" - <<'PY'
from datetime import date

import duckdb
import pendulum
from dateutil.relativedelta import relativedelta

born, day = date(2004, 2, 29), date(2022, 2, 28)
parts, years = duckdb.execute("SELECT date_sub('year', $1, $2), extract(year FROM age($2::DATE, $1::DATE))", [born, day]).fetchall()[0]
found = {
    "DuckDB 1.5.6, date_sub": parts,
    "DuckDB 1.5.6, age": years,
    "python-dateutil 4.0.0, relativedelta": relativedelta(day, born).years,
    "pendulum 3.3.0, in_years": pendulum.date(2004, 2, 29).diff(pendulum.date(2022, 2, 28)).in_years(),
}
for name, age in found.items():
    print(f"{name}: {age}")
raise SystemExit([*found.values()] != [18, 17, 18, 17])
PY
