"""The page of all commands and options, from the programs themselves.

python -m tests.docs.reference    writes it anew
"""

from __future__ import annotations

import html
import inspect

from typer.core import TyperCommand
from typer.models import Context

from tests.docs.blocks import COMMANDS, ROOT
from tests.docs.programs import every_command

HEAD = """# All commands and options

Made from the programs by `python -m tests.docs.reference`; `--help` behind any command prints the same. `--json` prints
as JSON, for programs, what a command shows. What goes wrong is one sentence on the error stream and status 1; a wrong
option ends with status 2, Ctrl-C with 130.
"""


def reference() -> str:
    """The page as Markdown."""
    return HEAD + "".join(_section(name, command) for name, command in every_command())


def _section(name: str, command: TyperCommand) -> str:
    context = Context(command, info_name=name)
    records = [parameter.get_help_record(context) for parameter in command.params]
    known = [(what, html.escape(meaning, quote=False)) for what, meaning in filter(None, records)]
    rows = [f"| `{_cell(what)}` | {_cell(meaning)} |" for what, meaning in known]
    usage = " ".join(command.collect_usage_pieces(context))
    table = ["", "| argument or option | meaning |", "|---|---|", *rows] if rows else []
    return "\n".join(["", f"## {name}", "", f"`{name} {usage}`", "", inspect.cleandoc(command.help or ""), *table, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    (ROOT / COMMANDS).write_text(reference(), encoding="utf-8")
