"""The history of one pair: what each source said about it, release after release.

A new date alone is a re-dating, never a removal and an addition; files of one family (the same product database) are
releases of one source, in the order of the days they were made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dcell_graph.errors import InputError, NotFound
from dcell_graph.graph.comparison.history import Record, family_history
from dcell_graph.graph.comparison.known_on import SourceFile, loaded_sources
from dcell_graph.graph.comparison.tables import table
from dcell_graph.graph.runner import Row, Runner

_TERM_ID = re.compile(r"GO:[0-9]{7}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Everything that all loaded files say about one gene and one term.

    Args:
        gene, symbol: the gene.
        found_by: which of its names was given: id, symbol, SGDID or alias.
        term, name: the term, by its live id in ``release``.
        release: the ontology release that ids are mapped through.
        ids: ids of the term there; annotations to any of them belong to the pair.
        events: ``family``, ``file``, ``file_date``, ``not``, ``event`` (``history.EVENTS``), ``evidence``,
            ``detail``; in time order within each family.
        records: every annotation of the pair: ``family``, ``file``, ``file_date``, ``line``, ``not``, ``stated``,
            ``relation``, ``evidence``, ``dates``, ``paper``, ``with_from``, ``assigned_by``.
        ontology: what the term is in every loaded release: ``release``, ``date``, ``status``, ``term``, ``name``,
            ``replaced_by``, ``consider``.
        sentences: the history in words, one sentence an event.
    """

    gene: str
    symbol: str
    found_by: str
    term: str
    name: str | None
    release: str
    ids: tuple[str, ...]
    events: pd.DataFrame
    records: pd.DataFrame
    ontology: pd.DataFrame
    sentences: tuple[str, ...]


def blame(runner: Runner, gene: str, term: str, *, genome: str, release: str) -> Blame:
    """Tell the history of a pair.

    Args:
        runner: of the database.
        gene: systematic name, symbol, SGDID or alias.
        term: GO id, or an id that the release has merged into a term.
        genome: of the gene.
        release: ids are mapped through it.

    Raises:
        NotFound: there is no such gene or term.
        InputError: the name could mean several genes, or the id is none.
    """
    if not _TERM_ID.match(term):
        raise InputError("this is not a GO id", expected="such as GO:0006281", found=term)
    found = find_gene(runner, gene, genome)
    states = runner.read("compare/blame_term", id=term)
    chosen, ids = _ids(states, term, release)
    rows = runner.read("compare/blame_records", genome=genome, gene=found["id"], ids=list(ids))
    files = loaded_sources(runner)
    if not rows and all(state["term"] is None for state in states):
        raise NotFound(f"no loaded ontology release knows {term}, and no file annotates {found['id']} to it")
    records = [_record(row) for row in rows]
    events: list[Row] = []
    sentences: list[str] = []
    for family in dict.fromkeys(file.family for file in files):
        mine = [file for file in files if file.family == family]
        history = family_history(mine, records)
        events += [{"family": family, **event} for event in history]
        sentences += [_sentence(family, event) for event in history] or [f"{family}: never in {_listed(mine)}."]
    return Blame(
        gene=found["id"],
        symbol=found["symbol"],
        found_by=found["by"],
        term=chosen["term"] or term,
        name=chosen["name"],
        release=release,
        ids=ids,
        events=table(events, ["family", "file", "file_date", "not", "event", "evidence", "detail"]),
        records=_record_table(rows, files),
        ontology=_ontology(states),
        sentences=tuple(sentences),
    )


def find_gene(runner: Runner, name: str, genome: str) -> Row:
    """The one gene of a genome that a name means: by id, then SGDID or symbol, then alias.

    Raises:
        NotFound: no gene has it.
        InputError: several genes have it; they are named.
    """
    names = list(dict.fromkeys((name, name.upper())))
    rows = runner.read("compare/blame_gene", genome=genome, names=names)
    exact = [row for row in rows if row["by"] == "id"]
    if not rows:
        rows = runner.read("compare/blame_gene_other_names", genome=genome, names=names)
        exact = [row for row in rows if row["by"] == "SGDID"]
    candidates = exact or rows
    if not candidates:
        raise NotFound(f"the genome {genome} has no gene {name}", hint="see `dcell-graph find`")
    if len({row["id"] for row in candidates}) > 1:
        raise InputError(
            f"the name {name} could mean several genes",
            expected="one of " + ", ".join(f"{row['id']} ({row['symbol']})" for row in candidates),
            hint="give the systematic name",
        )
    return candidates[0]


def _ids(states: list[Row], term: str, release: str) -> tuple[Row, tuple[str, ...]]:
    """The state of the term in the chosen release, and all ids that are this term there."""
    mine = [state for state in states if state["release"] == release and state["term"] is not None]
    live = [state for state in mine if not state["obsolete"]]
    own = [state for state in live if not state["merged"]] or live
    if own:
        return own[0], tuple(own[0]["ids"])
    return (mine[0] if mine else {"term": term, "name": None}), (term,)


def _record(row: Row) -> Record:
    return Record(
        source=row["source"],
        negated=row["negated"],
        evidence=row["evidence"],
        dates=tuple(sorted(str(day) for day in row["dates"])),
        paper=row["paper"],
    )


def _record_table(rows: list[Row], files: tuple[SourceFile, ...]) -> pd.DataFrame:
    order = {file.name: place for place, file in enumerate(files)}
    columns = ("line", "stated", "relation", "evidence", "dates", "paper", "with_from", "assigned_by")
    lines = []
    for row in sorted(rows, key=lambda row: (order[row["source"]], row["line"])):
        file = files[order[row["source"]]]
        values: dict[str, Any] = {name: row[name] for name in columns}
        values["dates"] = sorted(str(day) for day in row["dates"])
        day = None if file.file_date is None else file.file_date.isoformat()
        lines.append({"family": file.family, "file": file.name, "file_date": day, "not": row["negated"], **values})
    names = ["family", "file", "file_date", "line", "not", *columns[1:]]
    return table(lines, names)


def _ontology(states: list[Row]) -> pd.DataFrame:
    lines = []
    for state in states:
        status = "unknown" if state["term"] is None else "obsolete" if state["obsolete"] else "live"
        if status == "live" and state["merged"]:
            status = f"merged into {state['term']}"
        lines.append(
            {
                "release": state["release"],
                "date": None if state["date"] is None else str(state["date"]),
                "status": status,
                **{name: state[name] for name in ("term", "name", "replaced_by", "consider")},
            }
        )
    return table(lines, ["release", "date", "status", "term", "name", "replaced_by", "consider"])


def _sentence(family: str, event: Row) -> str:
    negated = "NOT " if event["not"] else ""
    day = event["file_date"] or "undated"
    return f"{family}: {negated}{event['event']} in {event['file']} ({day}): {event['detail']}."


def _listed(files: list[SourceFile]) -> str:
    return ", ".join(file.title for file in files)
