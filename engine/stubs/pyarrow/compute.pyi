# Loosely typed: an expression is of any type, and what is wrong with one is said when it is built.
from typing import Any

equal: Any
is_null: Any
is_valid: Any
min_max: Any
replace_with_mask: Any
run_end_decode: Any
