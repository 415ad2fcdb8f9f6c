# Loosely typed: an expression is of any type, and what is wrong with one is said when it is built.
from typing import Any

literal: Any
cases: Any
null: Any
coalesce: Any
greatest: Any
least: Any
memtable: Any
udf: Any
schema: Any
interval: Any
struct: Any
desc: Any
duckdb: Any
pyspark: Any
to_sql: Any
options: Any
table: Any
udf: Any
row_number: Any
union: Any
array: Any
