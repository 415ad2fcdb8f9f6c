from typing import Any

read_excel: Any

class FastExcelError(Exception): ...
