"""What holds for every command: those that print tables also print JSON, and shells complete their names."""

from __future__ import annotations

import inspect

import pytest
from typer.testing import CliRunner

from dcell_graph.cli import app
from tests.docs.programs import every_command, options

# These do something and say it in a sentence, or print what programs read already: a path, a number, CSV.
WITHOUT_TABLES = {
    "dcell-graph app",
    "dcell-graph db path",
    "dcell-graph db reset",
    "dcell-graph db start",
    "dcell-graph db stop",
    "dcell-graph dataset remove",
    "dcell-graph load annotations",
    "dcell-graph load gene-list",
    "dcell-graph load genes",
    "dcell-graph load ontology",
    "dcell-graph load remove",
    "dcell-graph predict",
    "dcell-graph quickstart",
    "dcell-graph runs publish",
    "dcell-graph runs unpublish",
    "dcell-graph snapshot build",
    "dcell-graph snapshot export",
    "dcell-graph snapshot import",
    "python -m dcell_graph.train",
}
COMMANDS = dict(every_command())


def test_every_command_that_prints_a_table_prints_json_too() -> None:
    assert {name for name, command in COMMANDS.items() if "--json" not in options(command)} == WITHOUT_TABLES


@pytest.mark.parametrize("name", sorted(WITHOUT_TABLES))
def test_the_others_print_none(name: str) -> None:
    callback = COMMANDS[name].callback
    assert callback is not None
    source = inspect.getsource(inspect.unwrap(callback))
    assert "show_rows" not in source and "Table(" not in source


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["snap"], {"snapshot"}),
        (["snapshot", "b"], {"build"}),
        (["known"], {"known-on"}),
        (["snapshot", "build", "--rec"], {"--recipe"}),
        (["dataset", "split", "x", "--kind", "one"], {"one-gene-new"}),
    ],
)
def test_shells_complete_commands_options_and_choices(typed: list[str], offered: set[str]) -> None:
    words = ["dcell-graph", *typed]
    asked = {"_DCELL_GRAPH_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(typed))}
    result = CliRunner().invoke(app, [], prog_name="dcell-graph", env=asked)
    assert set(result.stdout.split()) == offered
