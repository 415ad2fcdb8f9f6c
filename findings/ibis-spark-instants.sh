#!/usr/bin/env bash
# Ibis 12.0.0 on PySpark 4.0.5: both of Spark's types of timestamps, instants (TIMESTAMP) and local times (TIMESTAMP_NTZ), are
# `timestamp` without a time zone to Ibis, so an instant passes for a local time. Expected: `timestamp('UTC')` of an instant, as on
# DuckDB. Needs Java 17. Ends with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'ibis-framework[duckdb,pyspark]==12.0.0' 'pyspark==4.0.5' 'duckdb==1.5.6' 'pandas==3.1.1'
cat > "$folder/run.py" <<'PY'
import sys

import ibis
import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sql("SELECT TIMESTAMP '2014-03-03 10:00:00Z' AS instant, TIMESTAMP_NTZ '2014-03-03 10:00:00' AS local_time").createOrReplaceTempView("t")
on_spark = ibis.pyspark.connect(spark).table("t").schema()
con = ibis.duckdb.connect()
con.raw_sql("SET TimeZone = 'UTC'")
con.raw_sql("CREATE TABLE t AS SELECT TIMESTAMPTZ '2014-03-03 10:00:00Z' AS instant, TIMESTAMP '2014-03-03 10:00:00' AS local_time")
on_duckdb = con.table("t").schema()
print("ibis", ibis.__version__, "pyspark", pyspark.__version__)
for name, schema in (("Spark", on_spark), ("DuckDB", on_duckdb)):
    print(name, {column: str(type_) for column, type_ in schema.items()}, {c: t.timezone for c, t in schema.items()})
sys.exit([t.timezone for t in on_spark.values()] != [None, None] or on_duckdb["instant"].timezone is None)
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" 2> /dev/null
