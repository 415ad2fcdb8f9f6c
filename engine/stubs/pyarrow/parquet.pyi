# Loosely typed: an expression is of any type, and what is wrong with one is said when it is built.
from typing import Any

ParquetFile: Any
read_table: Any
write_table: Any
read_schema: Any
