"""The two programs as the documentation names them: their commands and options, and whether words would be taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from dcell_graph.cli import app
from dcell_graph.train.__main__ import app as train_app

Program = TyperCommand | TyperGroup

TRAIN = ("python", "-m", "dcell_graph.train")
PROGRAM = "dcell-graph"


@cache
def program_of(typer_app: Typer) -> Program:
    """The program that a door makes of its commands."""
    program = get_command(typer_app)
    assert isinstance(program, Program)
    return program


def find_program(words: Sequence[str]) -> tuple[Program, list[str]] | None:
    """One of the two programs and its arguments, wherever in a command it is; None if it is not there.

    What stands before it starts it: ``torchrun``, ``srun``, ``docker compose exec``, the path of an environment.
    """
    for place, word in enumerate(words):
        if word.rpartition("/")[2] == PROGRAM:
            return program_of(app), list(words[place + 1 :])
        if word == "dcell_graph.train" and words[place - 1] == "-m":
            return program_of(train_app), list(words[place + 1 :])
    return None


def find_command(program: Program, arguments: Sequence[str]) -> tuple[TyperCommand, list[str]]:
    """Go down to the command that the first words name; the rest are its own arguments.

    Raises:
        LookupError: there is no such command.
    """
    rest = list(arguments)
    while isinstance(program, TyperGroup):
        if not rest or rest[0] not in program.commands:
            raise LookupError(f"no command {' '.join(rest[:1])!r} of {program.name}")
        program = _within(program, rest.pop(0))
    return program, rest


def options(command: Program) -> set[str]:
    """The long names of a command's options."""
    names = (name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts))
    return {name for name in names if name.startswith("--")} | {"--help"}


def every_command() -> Iterator[tuple[str, TyperCommand]]:
    """All commands of both programs, with what a user types."""
    yield from _below(PROGRAM, program_of(app))
    yield from _below(" ".join(TRAIN), program_of(train_app))


def _below(name: str, command: Program) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for word in command.commands:
            yield from _below(f"{name} {word}", _within(command, word))
    else:
        yield name, command


def _within(group: TyperGroup, word: str) -> Program:
    command = group.commands[word]
    assert isinstance(command, Program)
    return command


def check_words(words: Sequence[str]) -> None:
    """Make sure that the program in a command would take its words.

    Raises:
        LookupError: it has no such command.
        UsageError: an option does not exist, a value is of the wrong kind, or an argument is missing.
    """
    found = find_program(words)
    assert found is not None, words
    program, arguments = found
    if isinstance(program, TyperGroup) and arguments and arguments[0].startswith("-"):
        if not set(arguments) <= options(program):
            raise LookupError(f"no option {arguments} of {program.name}")
        return
    command, rest = find_command(program, arguments)
    with command.make_context(command.name, rest):
        pass
