from typing import Any

InMemoryTable: Any
