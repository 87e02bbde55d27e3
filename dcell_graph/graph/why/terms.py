"""Why a term is in a snapshot or not."""

from __future__ import annotations

import pandas as pd

from dcell_graph.errors import NotFound
from dcell_graph.graph.runner import Row
from dcell_graph.graph.why.answer import NO_RECORDS, Reason, Why, change_sentence, fate_sentence, some
from dcell_graph.graph.why.question import Question
from dcell_graph.snapshot.recipe import ROOT_ID
from dcell_graph.wording import counted


def about_term(question: Question, asked: str, *, search: bool = True) -> Why:
    """Why a term is in the snapshot or not.

    Args:
        question: with the snapshot.
        asked: a term id.
        search: for a change of the recipe that brings the term in.

    Raises:
        NotFound: no loaded release knows the id.
    """
    if asked == ROOT_ID:
        return _about_artificial_root(question)
    live, notes, reason = live_term(question, asked)
    if live is None:
        return _answer(question, asked, None, inside=False, reason=reason, notes=notes)
    term, name = str(live["term"]), str(live["name"])
    state = question.state(term)
    if state["kept"]:
        records = question.records(question.around([term], downward=False, upward=False), {term})
        notes.append(
            f"{term} ({name}) is in the snapshot, with {counted(state['direct_genes'], 'gene')} attached to it and "
            f"{state['contained_genes']:,} contained."
        )
        notes.append(fate_sentence(records, "on the term itself"))
        return _answer(question, term, name, inside=True, reason="inside", notes=notes, records=records)
    around = question.around([term])
    records = question.records(around, around.at_or_below(term, question.recipe))
    if state["kept"] is None:
        notes.append(f"{term} ({name}) was no candidate: no record at or below it passes the filters of the recipe.")
    else:
        notes.append(f"{term} ({name}) was removed by the stage {state['stage']}: {state['reason']}.")
    notes.append(fate_sentence(records, "at or below it"))
    change = None
    if search:
        change = question.change(around, lambda outcome, _: term in outcome.terms, first=state["stage"])
        notes.append(change_sentence(change, "the term"))
    return Why(
        snapshot=question.snapshot,
        term=term,
        name=name,
        inside=False,
        reason="no candidate" if state["kept"] is None else "removed",
        stage=state["stage"],
        sentences=tuple(notes),
        records=records,
        change=change,
    )


def live_term(question: Question, asked: str) -> tuple[Row | None, list[str], Reason]:
    """The live term that an id means in the release of the snapshot, what there is to say about the id, and why not.

    Raises:
        NotFound: no loaded release knows the id.
    """
    release = question.release
    states = [row for row in question.runner.read("compare/blame_term", id=asked) if row["term"] is not None]
    if not states:
        raise NotFound(f"no loaded ontology release knows {asked}", hint="see `dcell-graph find`")
    mine = [row for row in states if row["release"] == release]
    live = sorted((row for row in mine if not row["obsolete"]), key=lambda row: bool(row["merged"]))
    if live:
        merged = live[0]["merged"]
        return live[0], [f"In {release}, {asked} is another id of {live[0]['term']}."] if merged else [], "inside"
    if not mine:
        others = some(sorted({str(row["release"]) for row in states}))
        return None, [f"The release {release} has no {asked}; it is in {others}."], "unknown"
    instead = "".join(
        f"; {words} {', '.join(mine[0][key])}"
        for key, words in (("replaced_by", "it is replaced by"), ("consider", "to consider instead:"))
        if mine[0][key]
    )
    return None, [f"{asked} ({mine[0]['name']}) is obsolete in {release}{instead}."], "obsolete"


def _about_artificial_root(question: Question) -> Why:
    rows = question.runner.read("why/term", snapshot=question.snapshot, term=ROOT_ID)
    inside = bool(rows[0]["kept"])
    what = "is the artificial root above the roots of the branches" if inside else "is not needed: one root is left"
    reason: Reason = "inside" if inside else "no candidate"
    return _answer(question, ROOT_ID, "artificial root", inside=inside, reason=reason, notes=[f"{ROOT_ID} {what}."])


def _answer(
    question: Question,
    term: str,
    name: str | None,
    *,
    inside: bool,
    reason: Reason,
    notes: list[str],
    records: pd.DataFrame = NO_RECORDS,
) -> Why:
    return Why(
        snapshot=question.snapshot,
        term=term,
        name=name,
        inside=inside,
        reason=reason,
        sentences=tuple(notes),
        records=records,
    )
