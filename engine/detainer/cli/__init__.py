"""The `detainer` command. Each subcommand lives in a module of its own and is imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

import detainer
from detainer.errors import DetainerError, FileError

COMMANDS = {
    "run": "Decide the scenarios of files and folders.",
    "compare": "Hold a claim about the law against the law.",
    "law": "The rules in force at a place on a day.",
    "places": "The places that have a ruleset.",
    "check": "Look for mistakes in rulesets.",
    "schema": "JSON Schema of the file formats, for editors.",
    "completion": "Print the shell's completion script.",
}


class _Lazy(click.Group):
    """A group that imports a command when it is called, and knows the short help of each without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"detainer.cli.{cmd_name}").command

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


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(detainer.__version__, message="detainer %(version)s")
def cli() -> None:
    """May, must or may not this jail keep a person past scheduled release for immigration authorities, until when, and
    which ruling decides that?

    \b
    Examples:
      detainer run scenarios/
      detainer law us/wa/king --on 2014-03-03
      detainer compare scenarios/article-2017 --with claims/dhs-2017-03-20

    Exit codes: 0 fine, 1 an expectation failed, 2 the input or the call is wrong.
    """


def main() -> None:
    """The entry point. What is wrong with the input goes to standard error, and the exit code is 2."""
    try:
        cli()
    except FileError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(2)
    except DetainerError as error:
        click.echo(f"detainer: {error}", err=True)
        sys.exit(2)
