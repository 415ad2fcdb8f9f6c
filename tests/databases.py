"""Databases that the tests of SQL run on, each started by the tests and stopped after them.

A database makes the tables that `--ddl` prints, takes rows, and answers one query. What of them no package of Python brings is
left out where it is not here (see `conftest`).
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Protocol, Self

import pyarrow as pa

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Row]]
"""Rows by the name of their table; values are days, local times without a zone, text, numbers, booleans, lists of such rows."""


class Database(Protocol):
    """Something that runs SQL."""

    dialect: str

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        """The rows of the query over new tables with these rows."""
        ...


class Here:
    """A database that is here as soon as it is asked."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class DuckDB(Here):
    """The one that the package brings."""

    dialect = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self._connect = duckdb.connect

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        with self._connect() as con:
            con.execute("SET TimeZone = 'America/New_York'")
            for each in ddl:
                con.execute(each)
            for name, rows in tables.items():
                if rows:
                    con.register("given", pa.Table.from_pylist(list(rows), con.table(name).to_arrow_table().schema))
                    con.execute(f"INSERT INTO {name} SELECT * FROM given")
            return con.execute(query).to_arrow_table().to_pylist()


class SQLite(Here):
    """The one of Python's own library. Days and times are text there."""

    dialect = "sqlite"

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        con = sqlite3.connect(":memory:")
        try:
            for each in ddl:
                con.execute(each)
            for name, rows in tables.items():
                for row in rows:
                    values = [_as_text(value) for value in row.values()]
                    con.execute(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", values)
            cursor = con.execute(query)
            names = [each[0] for each in cursor.description]
            return [_told(dict(zip(names, row, strict=True))) for row in cursor]
        finally:
            con.close()


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value


def _told(row: Row) -> Row:
    """Numbers as yes and no, where a database has no booleans."""
    return row | {name: None if row[name] is None else bool(row[name]) for name in ("settled", "exact")}


class Postgres:
    """Debian's, as a server of its own on a socket in a folder of its own."""

    dialect = "postgres"

    def __enter__(self) -> Postgres:
        import psycopg

        binaries = max(Path("/usr/lib/postgresql").glob("*/bin/initdb")).parent
        self._folder = Path(tempfile.mkdtemp(prefix="detainer-postgres-"))
        as_other = _as_user("postgres", self._folder)
        data = self._folder / "data"
        initdb = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "tester",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run([*as_other, *map(str, initdb)], check=True, capture_output=True, cwd=self._folder)
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=off -c TimeZone=America/New_York"
        self._pg_ctl = [*as_other, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
        start = [*self._pg_ctl, "-l", str(self._folder / "log"), "-o", options, "start"]
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd=self._folder)
        self._con = psycopg.connect(f"host={self._folder} user=tester dbname=postgres", autocommit=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()
        subprocess.run(
            [*self._pg_ctl, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd=self._folder
        )
        shutil.rmtree(self._folder)

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        from psycopg.rows import dict_row

        with self._con.cursor(row_factory=dict_row) as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            for each in ddl:
                cursor.execute(each.encode())
            for name, rows in tables.items():
                given = f"INSERT INTO {name} SELECT * FROM jsonb_populate_recordset(NULL::{name}, %s)"
                cursor.execute(given.encode(), (json.dumps(rows, default=str),))
            return list(cursor.execute(query.encode()))


class MariaDB:
    """Debian's, as a server of its own on a socket in a folder of its own."""

    dialect = "mariadb"

    def __enter__(self) -> MariaDB:
        import pymysql

        self._folder = Path(tempfile.mkdtemp(prefix="detainer-mariadb-"))
        as_other = _as_user("mysql", self._folder)
        data, socket = self._folder / "data", self._folder / "socket"
        make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
        subprocess.run([*as_other, *make], check=True, capture_output=True, cwd=self._folder)
        serve = [
            str(shutil.which("mariadbd", path=_PATH)), "--no-defaults", f"--datadir={data}", f"--socket={socket}",
            "--skip-networking", f"--pid-file={self._folder / 'pid'}", "--default-time-zone=-05:00",
        ]  # fmt: skip
        self._log = (self._folder / "log").open("w")
        self._server = subprocess.Popen([*as_other, *serve], stdout=self._log, stderr=self._log, cwd=self._folder)
        while True:  # until it answers, or is no more
            try:
                self._con = pymysql.connect(unix_socket=str(socket), user="root", charset="utf8mb4", autocommit=True)
                return self
            except pymysql.err.OperationalError:
                if self._server.poll() is not None:
                    raise
                with suppress(subprocess.TimeoutExpired):
                    self._server.wait(0.05)

    def __exit__(self, *_: object) -> None:
        self._con.close()
        self._server.terminate()
        self._server.wait()
        self._log.close()
        shutil.rmtree(self._folder)

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        with self._con.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS jail")
            cursor.execute("CREATE DATABASE jail")
            cursor.execute("USE jail")
            for each in ddl:
                cursor.execute(each)
            for name, rows in tables.items():
                if rows:
                    marks = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", [tuple(row.values()) for row in rows])
            cursor.execute(query)
            names = [each[0] for each in cursor.description]
            return [_told(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


class ClickHouse:
    """Inside the process, as `chdb`."""

    dialect = "clickhouse"

    def __enter__(self) -> ClickHouse:
        from chdb.session import Session

        self._session = Session()
        self._session.query("SET session_timezone = 'America/New_York'")
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        self._session.query("DROP DATABASE IF EXISTS jail")
        self._session.query("CREATE DATABASE jail")
        self._session.query("USE jail")
        for each in ddl:
            self._session.query(each)
        for name, rows in tables.items():
            if rows:
                lines = "\n".join(json.dumps(row, default=str) for row in rows)
                self._session.query(f"INSERT INTO {name} FORMAT JSONEachRow {lines}")
        found = str(self._session.query(query, "JSONEachRow"))
        return [json.loads(line) for line in found.splitlines()]


class DataFusion(Here):
    """Inside the process."""

    dialect = "datafusion"

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        from datafusion import SessionContext

        session = SessionContext()
        for each in ddl:
            session.sql(each).collect()
        for name, rows in tables.items():
            if rows:
                given = pa.Table.from_pylist(list(rows), session.table(name).schema())
                session.register_record_batches("given", [given.to_batches()])
                session.sql(f"INSERT INTO {name} SELECT * FROM given").collect()
                session.deregister_table("given")
        return session.sql(query).to_arrow_table().to_pylist()


class Spark(Here):
    """In a process of Java, in a zone where it is another time than in the jail. `ansi`: how it takes what cannot be."""

    dialect = "spark"

    def __init__(self, session: Any, *, ansi: bool) -> None:
        self._session, self._ansi = session, ansi

    def ask(self, ddl: Sequence[str], tables: Tables, query: str) -> list[Row]:
        settings = {
            "spark.sql.session.timeZone": "America/New_York",
            "spark.sql.ansi.enabled": str(self._ansi).lower(),
            "spark.sql.codegen.wholeStage": "false",  # a query that is asked once is not worth compiling
        }
        before = {name: self._session.conf.get(name) for name in settings}
        for name, value in settings.items():
            self._session.conf.set(name, value)
        try:
            for name, each in zip(tables, ddl, strict=True):
                shape = self._session.createDataFrame([], each.partition("(")[2].rpartition(")")[0]).schema
                self._session.createDataFrame(
                    [tuple(row.values()) for row in tables[name]], shape
                ).createOrReplaceTempView(name)
            return [row.asDict() for row in self._session.sql(query).collect()]
        finally:
            for name, value in before.items():
                self._session.conf.set(name, value)


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def _as_user(name: str, folder: Path) -> list[str]:
    """How a server is started as another user than root, to whom the folder is given; as oneself where one is not root."""
    if os.geteuid():
        return []
    shutil.chown(folder, name, name)
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "env", f"PATH={_PATH}"]
