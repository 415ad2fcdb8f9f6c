"""``detainer completion``: the script that makes a shell complete commands, options and places."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from detainer.cli import cli, options


@click.command(
    "completion",
    help="""
    Print the completion script of a shell.

    \b
    Examples:
      detainer completion bash > ~/.local/share/bash-completion/completions/detainer
      detainer completion zsh > ~/.zfunc/_detainer
      detainer completion fish > ~/.config/fish/completions/detainer.fish
    """,
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options.formats("text", "json")
def command(shell: str, format_: str) -> None:
    script = get_completion_class(shell)
    assert script is not None
    text = script(cli, {}, "detainer", "_DETAINER_COMPLETE").source()
    if format_ == "json":
        options.print_json({"shell": shell, "script": text})
    else:
        click.echo(text)
