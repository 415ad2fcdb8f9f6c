#!/usr/bin/env bash
# PySpark 4.0.5, Spark Connect: localCheckpoint() of a frame belongs to the session that is active in the thread, not to the frame's
# own. With two sessions the checkpoint is looked for where it is not: "No DataFrame with id ... is found in the session". Expected: the
# frame's own session, as without Connect. Needs Java 17. Ends with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'pyspark[connect]==4.0.5'
cat > "$folder/run.py" <<'PY'
import os
import sys

import pyspark
from pyspark.sql import SparkSession

first = SparkSession.builder.remote("local[1]").getOrCreate()  # it is the active one
second = type(first)("sc://localhost")
print("pyspark", pyspark.__version__)
own = first.range(3).localCheckpoint().count()
kept = second.range(3).localCheckpoint()
of_first = kept.sparkSession is first
print("of the active session:", own, "rows; of the other: said to be of the active one:", of_first)
try:
    lost = f"{kept.count()} rows"
except Exception as error:
    lost = str(error).splitlines()[0]
print("counted:", lost)
sys.stdout.flush()
os._exit(not (own == 3 and of_first and "is found" in lost))
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" 2> /dev/null
