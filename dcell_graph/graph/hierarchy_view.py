"""A term with the hierarchy around it: its parents and their parents, its children, and what snapshots did to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dcell_graph.errors import NotFound
from dcell_graph.graph.comparison.tables import table
from dcell_graph.graph.runner import Row, Runner

KEPT, REMOVED, NO_CANDIDATE = "kept", "removed", "no candidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFacts:
    """What a release says about a term.

    Args:
        release: name of the release.
        asked: the id that was looked up.
        term: the id of the term; another one than ``asked`` if that was merged into it.
        name, namespace, definition, comment: None where the release says nothing.
        synonyms: other names.
        obsolete: whether the release has given it up.
        ids: all ids that are this term in the release.
    """

    release: str
    asked: str
    term: str
    name: str | None
    namespace: str | None
    definition: str | None
    comment: str | None
    synonyms: tuple[str, ...]
    obsolete: bool
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """The terms near a term.

    Args:
        term: in the middle.
        places: ``term``, ``name``, ``namespace``, ``level``: links from the middle, below zero for terms above.
        links: ``child``, ``relation``, ``parent``; every link between two of the places.
        children: how many children the term has, shown or not.
    """

    term: str
    places: pd.DataFrame
    links: pd.DataFrame
    children: int


def term_facts(runner: Runner, release: str, term: str) -> TermFacts:
    """What a release says about a term.

    Raises:
        NotFound: the release does not know the id.
    """
    found = runner.read("read/term_facts", release=release, id=term)
    if not found:
        raise NotFound(
            f"the ontology {release} has no term {term}", hint="choose another release, or look for its name"
        )
    facts = found[0]
    return TermFacts(
        release=release,
        asked=term,
        **{key: facts[key] for key in ("term", "name", "namespace", "definition", "comment", "obsolete")},
        synonyms=tuple(facts["synonyms"]),
        ids=tuple(facts["ids"]),
    )


def neighbourhood(
    runner: Runner, release: str, term: str, *, above: int = 2, most_children: int = 20, regulates: bool = False
) -> Neighbourhood:
    """Read the terms near a term.

    Args:
        runner: of the database.
        release: ontology release.
        term: id of a term of it.
        above: how many links to go up, 0 or more.
        most_children: how many children are shown at most, the first by name.
        regulates: follow regulates and its forms as well as is_a and part_of.
    """
    names: dict[str, Row] = {}
    levels = {term: 0}
    links: set[tuple[str, str, str]] = set()
    frontier = [term]
    for level in range(1, above + 1):
        rows = _links(runner, release, frontier, upward=True, regulates=regulates)
        links |= {(row["child"], row["relation"], row["parent"]) for row in rows}
        names |= {row["near"]: row for row in rows}
        frontier = [near for near in dict.fromkeys(row["near"] for row in rows) if near not in levels]
        levels |= dict.fromkeys(frontier, -level)
    below = _links(runner, release, [term], upward=False, regulates=regulates)
    children = {row["near"]: row for row in below if row["near"] not in levels}
    shown = sorted(children, key=lambda child: (children[child]["name"] or "", child))[:most_children]
    names |= {child: children[child] for child in shown}
    levels |= dict.fromkeys(shown, 1)
    links |= {(row["child"], row["relation"], row["parent"]) for row in below if row["near"] in levels}
    facts = term_facts(runner, release, term)
    names[term] = {"name": facts.name, "namespace": facts.namespace}
    places = [
        (place, names[place]["name"], names[place]["namespace"], level)
        for place, level in sorted(levels.items(), key=lambda item: (item[1], item[0]))
    ]
    return Neighbourhood(
        term=term,
        places=table(places, ["term", "name", "namespace", "level"]),
        links=table(sorted(links), ["child", "relation", "parent"]),
        children=len(children),
    )


def fates(runner: Runner, snapshots: Sequence[str], terms: Sequence[str]) -> pd.DataFrame:
    """What became of some terms in some snapshots.

    Args:
        runner: of the database.
        snapshots: names of snapshots.
        terms: ids.

    Returns:
        ``term``, ``snapshot``, ``fate`` (KEPT, REMOVED or NO_CANDIDATE), ``stage`` and ``reason`` of a removal; one row
        for each term and snapshot.
    """
    rows = []
    for snapshot in snapshots:
        states = {row["term"]: row for row in runner.read("why/states", snapshot=snapshot, terms=list(terms))}
        for term in terms:
            state = states.get(term)
            fate = NO_CANDIDATE if state is None else KEPT if state["kept"] else REMOVED
            gone = state if state is not None and not state["kept"] else {"stage": None, "reason": None}
            rows.append((term, snapshot, fate, gone["stage"], gone["reason"]))
    return table(rows, ["term", "snapshot", "fate", "stage", "reason"])


def _links(runner: Runner, release: str, terms: list[str], *, upward: bool, regulates: bool) -> list[Row]:
    rows = runner.read("read/term_links", release=release, terms=terms, upward=upward) if terms else []
    return [row for row in rows if regulates or "regulates" not in row["relation"]]
