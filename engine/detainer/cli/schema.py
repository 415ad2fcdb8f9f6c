"""``detainer schema``: JSON Schema for editors."""

from __future__ import annotations

import json
from typing import get_args

import click

from detainer.schemas import Kind, json_schema


@click.command("schema")
@click.argument("kind", type=click.Choice(get_args(Kind)))
def command(kind: Kind) -> None:
    """Print the JSON Schema of a file format. Editors that speak YAML take it from the first line of the shipped files.

    \b
    Example:
      detainer schema scenario > docs/scenario.schema.json
    """
    click.echo(json.dumps(json_schema(kind), indent=2, ensure_ascii=False))
