"""The saved queries of cypher/explore: what they answer, their parameters, and how these are filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph.ask import parameters
from dcell_graph.graph.ask.asker import Answer, Asker, Limits
from dcell_graph.graph.ask.loaded import Loaded, find_gene, find_term
from dcell_graph.graph.queries import load_query, query_names

_ROOM = "explore/"
_PARAMETER = re.compile(r"// \$(?P<name>\w+): (?P<type>[a-z]+)(?: = (?P<default>[^;]+))?; (?P<meaning>.+)")
_EXAMPLE = re.compile(r"// example: (?P<text>.+)")
_FACT = re.compile(r"// (mode|parameters|returns|example):|// \$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedParameter:
    """A parameter of a saved query.

    Args:
        name: without the dollar sign.
        type: ``text``, ``number``, ``list``, ``date``, ``term``, ``gene``, or the kind of a loaded thing:
            ``release``, ``source``, ``genome``, ``snapshot``.
        default: as one would type it, or which loaded thing: ``newest``, ``oldest``, ``only``; None if there is none.
        meaning: a phrase.
    """

    name: str
    type: str
    default: str | None
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQuery:
    """A saved query.

    Args:
        name: to ask for it.
        title: what it answers, in a sentence.
        parameters: in the order of the file.
        example: parameters that make sense for yeast, by name.
        returns: names of the columns.
        text: the Cypher.
    """

    name: str
    title: str
    parameters: tuple[SavedParameter, ...]
    example: Mapping[str, str]
    returns: tuple[str, ...]
    text: str


def saved_names() -> tuple[str, ...]:
    """Names of all saved queries, sorted."""
    return tuple(name.removeprefix(_ROOM) for name in query_names() if name.startswith(_ROOM))


def find_saved(name: str) -> SavedQuery:
    """A saved query by name.

    Raises:
        NotFound: there is none of that name.
        DatabaseError: its file does not fit its header.
    """
    if name not in saved_names():
        raise NotFound(f"there is no saved query {name}", expected=", ".join(saved_names()))
    query = load_query(_ROOM + name)
    lines = [line for line in query.text.splitlines() if line.startswith("//")]
    title = " ".join(line.removeprefix("//").strip() for line in lines if not _FACT.match(line))
    found = [match.groupdict() for match in map(_PARAMETER.fullmatch, lines) if match]
    example = [match["text"] for match in map(_EXAMPLE.fullmatch, lines) if match]
    return SavedQuery(
        name=name,
        title=title,
        parameters=tuple(SavedParameter(**facts) for facts in found),
        example=parameters.split_pairs(example[0].split(" ")) if example else {},
        returns=query.returns,
        text=query.text,
    )


def ask_saved(
    asker: Asker, name: str, given: Mapping[str, Any] | None = None, *, limits: Limits | None = None
) -> Answer:
    """Ask a saved query.

    Args:
        asker: of the database.
        name: of the query.
        given: parameters by name: as text, as one would type them, or as values; the others get their defaults.
        limits: of rows and time.

    Raises:
        NotFound: there is no such query, or a loaded thing, term or gene that a parameter names does not exist.
        InputError: a parameter is unknown, missing or cannot be read.
        DatabaseError: as ``Asker.ask``.
    """
    query = find_saved(name)
    return asker.ask(query.text, fill(asker, query, given or {}), limits=limits)


def fill(asker: Asker, query: SavedQuery, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all parameters of a saved query; arguments and errors as ``ask_saved``."""
    unknown = given.keys() - {parameter.name for parameter in query.parameters}
    if unknown:
        known = ", ".join(parameter.name for parameter in query.parameters)
        raise InputError(f"the query {query.name} has no parameter {min(unknown)}", expected=known)
    loaded = Loaded(asker)
    values: dict[str, Any] = {}
    for parameter in query.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is None:
            raise InputError(
                f"the query {query.name} needs the parameter {parameter.name}",
                expected=f"{parameter.meaning} ({parameter.type})",
                hint=f"such as {_example(query, parameter)}",
            )
        default = parameter.name not in given
        values[parameter.name] = _value(asker, loaded, parameter, value, default=default, so_far=values)
    return values


def _example(query: SavedQuery, parameter: SavedParameter) -> str:
    return f"{parameter.name}={query.example.get(parameter.name, '...')}"


def _value(
    asker: Asker, loaded: Loaded, parameter: SavedParameter, value: Any, *, default: bool, so_far: Mapping[str, Any]
) -> Any:
    """A parameter's value, of its type and existing."""
    if parameter.type in Loaded.KINDS:
        return loaded.choose(parameter.type, parameter.name, str(value), default=default)
    if parameter.type == "term":
        return find_term(asker, str(value))
    if parameter.type == "gene":
        return find_gene(asker, str(so_far["genome"]), str(value))
    read, wanted = _READERS[parameter.type]
    if isinstance(value, str):
        return read(parameter.name, value)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise InputError(f"the parameter {parameter.name} cannot be used", expected=parameter.type, found=repr(value))
    return value


def _as_it_is(name: str, text: str) -> str:
    return text


_READERS: Mapping[str, tuple[Callable[[str, str], Any], type]] = {
    "text": (_as_it_is, str),
    "number": (parameters.to_number, int),
    "list": (parameters.to_list, list),
    "date": (parameters.to_day, date),
}
