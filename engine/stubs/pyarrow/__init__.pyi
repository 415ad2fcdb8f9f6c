# Loosely typed: an expression is of any type, and what is wrong with one is said when it is built.
from typing import Any

OSFile: Any
memory_map: Any
ipc: Any
schema: Any
string: Any
int64: Any
bool_: Any
date32: Any
binary: Any
decimal128: Any
float32: Any
timestamp: Any
list_: Any
struct: Any
array: Any
table: Any
chunked_array: Any
concat_tables: Any
scalar: Any
types: Any

class ArrowException(Exception): ...

class _Any:
    def __getattr__(self, name: str) -> Any: ...

class DataType(_Any): ...
class StructType(DataType): ...
class Schema(_Any): ...
class BaseExtensionType(DataType): ...
class RecordBatch(_Any): ...

class Table(_Any):
    from_batches: Any
    from_pylist: Any
    def __getitem__(self, name: str) -> Any: ...
