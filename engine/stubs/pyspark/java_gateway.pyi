# Loosely typed: what is wrong with an expression is said when it is built.
from typing import Any

launch_gateway: Any
