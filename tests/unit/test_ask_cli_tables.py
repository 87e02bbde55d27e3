"""Every command that prints a table has ``--json``; saved queries say what they must; the shell completes."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

import dcell_graph.cli
from dcell_graph.cli import app
from dcell_graph.cli.ask import example_command
from dcell_graph.graph.ask.saved import SavedQuery, find_saved, saved_names

TABLES = {"display.show_rows", "frames.show_frame"}
FOLDER = Path(str(dcell_graph.cli.__file__)).parent
QUERIES = [find_saved(name) for name in saved_names()]


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All commands of the program by what one types; newer versions of typer have their own copy of click's classes."""
    if not hasattr(group, "commands"):
        yield name, group
        return
    for part, command in group.commands.items():
        yield from commands(command, f"{name} {part}".strip())


def calls() -> dict[str, set[str]]:
    """Function of the command line, as in ``find._row`` -> the functions of it that are named in there."""
    trees = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")}
    found: dict[str, set[str]] = {}
    for module, tree in trees.items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        meant = {function.name: f"{module}.{function.name}" for function in functions}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dcell_graph.cli"):
                of = str(node.module).removeprefix("dcell_graph.cli").removeprefix(".")
                meant |= {one.asname or one.name: f"{of}.{one.name}".strip(".") for one in node.names}
        for function in functions:
            named = set()
            for node in ast.walk(function):
                if isinstance(node, ast.Name):
                    named.add(meant.get(node.id, ""))
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    named.add(f"{meant.get(node.value.id, '')}.{node.attr}")
            found[f"{module}.{function.name}"] = named
    return found


def prints_a_table(start: str, called: dict[str, set[str]]) -> bool:
    """Whether a function, or one that it calls, prints a table."""
    seen, waiting = set(), {start}
    while waiting:
        name = waiting.pop()
        if name in TABLES:
            return True
        seen.add(name)
        waiting |= called.get(name, set()) - seen
    return False


def test_every_command_that_prints_a_table_prints_json_as_well() -> None:
    called = calls()
    printing, without = set(), set()
    for name, command in commands(typer.main.get_command(app)):
        function = inspect.unwrap(command.callback)
        module = "__init__" if function.__module__ == "dcell_graph.cli" else function.__module__.rpartition(".")[2]
        if prints_a_table(f"{module}.{function.__name__}", called):
            printing.add(name)
            if not any("--json" in param.opts for param in command.params):
                without.add(name)
    assert without == set()
    # Those are seen to print tables; a walk that sees nothing would prove nothing.
    assert printing >= {
        *("ask", "blame", "compare", "count", "dataset list", "find", "load identity", "load report"),
        *("releases", "snapshot calibrate", "snapshot coverage", "snapshot diff", "snapshot list", "snapshot recipes"),
        *("snapshot why", "waterfall"),
    }


@pytest.mark.parametrize("query", QUERIES, ids=[query.name for query in QUERIES])
def test_a_saved_query_says_all_that_it_takes(query: SavedQuery) -> None:
    declared = re.search(r"// parameters: (.*)", query.text)
    assert declared is not None
    assert [one.name for one in query.parameters] == declared[1].split(", ")
    assert {one.type for one in query.parameters} <= {
        *("text", "number", "list", "date", "term", "gene", "release", "source", "genome", "snapshot")
    }
    assert query.title.endswith(".") and len(query.title) > 20
    needed = {one.name for one in query.parameters if one.default is None}
    assert needed <= query.example.keys() <= {one.name for one in query.parameters}
    assert query.example, "an example helps"


@pytest.mark.parametrize("query", QUERIES, ids=[query.name for query in QUERIES])
def test_a_saved_query_cannot_blow_up(query: SavedQuery) -> None:
    limits = [one for one in query.parameters if one.name == "limit"]
    assert (limits and int(str(limits[0].default)) <= 1_000) or query.name == "term_overlap"
    assert query.name == "term_overlap" or "LIMIT $limit" in query.text
    # Every path has a longest length.
    for length in re.findall(r"\[[^\]]*\*([^\]]*)\]", query.text):
        assert re.fullmatch(r"\d\.\.\d\d?", length), length
    assert not re.search(r"\)[+*]|\]->[+*]", query.text)


def test_there_are_enough_and_the_page_lists_them_all() -> None:
    assert len(QUERIES) >= 20
    page = (Path(__file__).parents[2] / "docs" / "ask.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page, re.MULTILINE))
    assert rows == {query.name: query.title for query in QUERIES}
    assert all(f"`{example_command(query)}`" in page for query in QUERIES)


def completing(*words: str) -> dict[str, str]:
    """What Bash sets to ask for what could stand in place of the last of these words."""
    return {
        "_DCELL_GRAPH_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }


def complete(*words: str) -> list[str]:
    return CliRunner().invoke(app, [], env=completing(*words), prog_name="dcell-graph").output.split()


def test_the_shell_completes_commands_options_and_saved_queries() -> None:
    assert complete("dcell-graph", "ask", "--pa") == ["--param", "--parquet"]
    found = complete("dcell-graph", "ask", "--saved", "genes_")
    assert found == [name for name in saved_names() if name.startswith("genes_")] and len(found) == 3
    program = Path(sys.executable).with_name("dcell-graph")
    environment = os.environ | completing("dcell-graph", "sna")
    done = subprocess.run([program], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["snapshot"]
