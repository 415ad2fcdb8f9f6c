#!/usr/bin/env bash
# PySpark 4.0.5 (and 4.3.0): createDataFrame of a pyarrow.Table silently loses the rows behind two chunks without rows in a row, or
# behind one that lies between others. Expected: as many rows as the table has. Needs Java 17. Ends with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'pyspark==4.0.5' 'pyarrow==26.0.1' 'pandas==3.1.1' 'numpy==2.4.6'
cat > "$folder/run.py" <<'PY'
import sys

import pyarrow as pa
import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
none, some = pa.table({"n": pa.array([], pa.int64())}), pa.table({"n": [1, 2, 3]})
found = {}
for name, parts in {"rows": [some], "two empty, rows": [none, none, some], "rows, empty, rows": [some, none, some]}.items():
    table = pa.concat_tables(parts)
    found[name] = (table.num_rows, spark.createDataFrame(table).count(), spark.createDataFrame(table.combine_chunks()).count())
print("pyspark", pyspark.__version__, "pyarrow", pa.__version__)
print("chunks: rows in Arrow, rows in Spark, rows in Spark of the same table in one chunk")
for name, counts in found.items():
    print(f"{name}: {counts}")
sys.exit(found != {"rows": (3, 3, 3), "two empty, rows": (3, 0, 3), "rows, empty, rows": (6, 3, 6)})
PY
"$folder/venv/bin/python" "$folder/run.py" 2> /dev/null
