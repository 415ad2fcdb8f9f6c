"""``detainer schema``: JSON Schema for editors."""

from __future__ import annotations

from typing import get_args

import click

from detainer.cli import options
from detainer.schemas import Kind, json_schema


@click.command(
    "schema",
    help="""
    Print the JSON Schema of a file format. Editors that speak YAML take it from the first line of the shipped files.

    \b
    Example:
      detainer schema scenario > docs/scenario.schema.json
    """,
)
@click.argument("kind", type=click.Choice(get_args(Kind)))
@options.formats("json")
def command(kind: Kind, format_: str) -> None:
    options.print_json(json_schema(kind))
