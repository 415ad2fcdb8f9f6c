# Untyped here: an expression has any type, and what is wrong with one is said when it is built.
from typing import Any

class DataType:
    def __getattr__(self, name: str) -> Any: ...

class Array(DataType):
    value_type: Any
    def __init__(self, value_type: Any) -> None: ...

class Struct(DataType):
    names: tuple[str, ...]
    types: tuple[DataType, ...]
    fields: dict[str, DataType]
    def __init__(self, fields: Any) -> None: ...

boolean: DataType
int64: DataType
date: DataType
string: DataType
timestamp: DataType
