"""The `detainer` command. Each subcommand lives in a module of its own and is imported when it is called."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

import detainer
from detainer.errors import DetainerError, EngineWarning, FileError
from detainer.interrupts import breaking_off

COMMANDS = {
    "run": "Decide the scenarios of files and folders.",
    "ask": "Decide one case, asking only what still matters.",
    "explain": "Why a decision came out as it did, in plain words.",
    "timeline": "Follow custodies over time, hour by hour.",
    "bulk": "Decide a table with a row a case, of any size.",
    "report": "What a table of decisions comes to, as HTML and Markdown.",
    "import": "Turn files of records into a table with a row a case.",
    "sql": "The law of a place and day as one SELECT.",
    "compare": "Hold a claim about the law against the law.",
    "verify": "Prove constraints for every case, or show one that breaks them.",
    "diff": "Two laws held against each other, for every case.",
    "scenarios": "Scenarios worth having.",
    "mutate": "Which slips in the law the scenarios would notice.",
    "law": "The rules in force at a place on a day.",
    "places": "The places that have a ruleset.",
    "check": "Look for mistakes in rulesets.",
    "schema": "JSON Schema of the file formats, for editors.",
    "completion": "Print the shell's completion script.",
}


_MODULES = {"import": "importing"}
"""Commands whose name no module can bear."""


class _Unwritten(Exception):
    """What the operating system said when the output was written, or a folder was looked into."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"{error.filename or 'the output'}: {error.strerror or error}")
        self.reader_gone = isinstance(error, BrokenPipeError)


class _Lazy(click.Group):
    """A group that imports a command when it is called, and knows the short help of each without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"detainer.cli.{_MODULES.get(cmd_name, cmd_name)}").command

    def invoke(self, ctx: click.Context) -> int | None:
        try:
            code: int | None = super().invoke(ctx)
            sys.stdout.flush()
        except OSError as error:  # click would end with 1 where the reader of our output is gone
            raise _Unwritten(error) from None
        return code

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from detainer.errors import did_you_mean

            ctx.fail(f"no command `{args[0]}`.{did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""
    May, must or may not this jail keep a person past scheduled release for immigration authorities, until when, and
    which ruling decides that?

    \b
    Examples:
      detainer run scenarios/
      detainer law us/wa/king --on 2014-03-03
      detainer compare scenarios/article-2017 --with claims/dhs-2017-03-20

    Exit codes: 0 fine, 1 an expectation failed, 2 the input or the call is wrong.
    """,
)
@click.version_option(detainer.__version__, message="detainer %(version)s")
def cli() -> None:
    """The commands below, under one name."""


def main() -> None:
    """The entry point: a command returns its exit code. What is wrong with the input, the call or the output goes to
    standard error, and the exit code is 2; 130 where the user broke off, 141 where the reader of our output did.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a sign is no reason to stop
    warnings.showwarning = _warn
    warnings.simplefilter("always", EngineWarning)  # it is made once
    with breaking_off() as broken_off:
        try:
            code = cli(standalone_mode=False)
        except BaseException as error:
            if broken_off.is_set():
                with suppress(OSError):
                    sys.stdout.flush()
                os._exit(130)  # all is tidied up, and a database that is let go would wait for the end of its query
            code = _told(error)
    sys.exit(code)


def _told(error: BaseException) -> int:
    """The exit code of what was raised, and a word about it; an error that is none of ours is raised again."""
    match error:
        case FileError():
            return _complain(str(error))
        case DetainerError():
            return _complain(f"detainer: {error}")
        case click.ClickException():
            error.show()
            return 2
        case click.Abort() | KeyboardInterrupt():
            return 130
        case _Unwritten():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in the buffer goes nowhere
            return 141 if error.reader_gone else _complain(f"detainer: {error}")
        case _:
            raise error


def _warn(message: Warning | str, category: type[Warning], *where: Any) -> None:
    """A warning on one line: where in our text it arose says nothing to who called the command."""
    click.echo(f"detainer: {message}", err=True)


def _complain(message: str) -> int:
    click.echo(message, err=True)
    return 2
