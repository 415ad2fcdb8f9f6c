# Loosely typed: what is wrong with an expression is said when it is built.
from typing import Any

SparkSession: Any
