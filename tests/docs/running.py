"""Runs what the documentation tells people to type, in this process: starting programs would take longer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.train.__main__ import app as train_app
from tests.docs.programs import PROGRAM, find_program
from tests.docs.shell import Command, commands

# What takes minutes on real data would be done as often on small ones.
_FEWER = {"--epochs": 10, "--ensemble": 2, "--nulls": 4}


def run_commands(text: str, page: str, *, first: int = 1, fewer: bool = False) -> str:
    """Run the commands of a block, and hand back what they print.

    Args:
        text: the block.
        page: where it is, for messages.
        first: line of the page on which it begins.
        fewer: with fewer epochs and models, where there are more than a few.
    """
    return "".join(run_command(command, f"{page}:{first + command.line}", fewer=fewer) for command in commands(text))


def run_command(command: Command, place: str, *, fewer: bool = False) -> str:
    """Run one command; see ``run_commands``."""
    words = command.words
    if words[0] == "export":  # the folders of a checkout; the test has its own
        return ""
    if command.text is not None:
        Path(words[1]).write_text(command.text, encoding="utf-8")
        return ""
    if words[0] == "cd":
        os.chdir(words[1])
        return ""
    if words[:2] == ("cp", "-r"):
        shutil.copytree(words[2], words[3])
        return ""
    found = find_program(words)
    assert found is not None, f"{place}: {words}"
    arguments = _with_fewer(found[1]) if fewer else found[1]
    text = None if command.stdin is None else Path(command.stdin).read_text(encoding="utf-8")
    result = CliRunner().invoke(app if words[0] == PROGRAM else train_app, arguments, input=text)
    assert result.exit_code == 0, f"{place}: {' '.join(words)}\n{result.output}\n{result.exception!r}"
    return result.stdout


def _with_fewer(arguments: list[str]) -> list[str]:
    changed = list(arguments)
    for place, word in enumerate(changed[:-1]):
        if word in _FEWER and int(changed[place + 1]) > _FEWER[word]:
            changed[place + 1] = str(int(changed[place + 1]) // _FEWER[word])
    return changed
