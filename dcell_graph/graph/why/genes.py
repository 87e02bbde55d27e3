"""Why a gene is in a snapshot or not, and why a term of the snapshot contains it or not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dcell_graph.graph.runner import Row
from dcell_graph.graph.why.answer import Reason, Why, change_sentence, fate_sentence, some
from dcell_graph.graph.why.question import Question, gene_is_held, term_contains
from dcell_graph.graph.why.terms import about_term
from dcell_graph.snapshot.applied.fates import COUNTS
from dcell_graph.snapshot.recipe import ROOT_ID
from dcell_graph.wording import counted


def about_gene(question: Question, asked: str) -> Why:
    """Why a gene is in the snapshot or not.

    Args:
        question: with the snapshot.
        asked: any name of the gene.

    Raises:
        NotFound: the genome has no such gene.
        InputError: the name could mean several genes.
    """
    gene = question.gene(asked)
    title = _title(gene)
    key = {"genome": question.genome, "gene": gene["id"]}
    holders = question.runner.read("why/gene", snapshot=question.snapshot, **key)
    terms = _terms(question, gene)
    records = question.records(question.around(terms, gene=gene["id"], downward=False, upward=False), terms)
    if holders:
        held = some([f"{row['term']} ({row['name']})" for row in holders])
        notes = [f"{title} is in the snapshot, attached to {counted(len(holders), 'term')}: {held}."]
    else:
        notes = [f"{title} is not in the snapshot: no term that is left has it."]
    notes.append(fate_sentence(records, f"of {title} on live terms"))
    inputs = {"release": question.release, "sources": list(question.sources)}
    lost = [row["stated"] for row in question.runner.read("why/gene_lost", **key, **inputs)]
    if lost:
        notes.append(f"Its records on {some(lost)} lead to no live term of {question.release}.")
    notes += _removed_terms(question, records)
    change = None
    if not holders:
        around = question.around(terms)
        change = question.change(around, lambda outcome, material: gene_is_held(outcome, material, gene["id"]))
        notes.append(change_sentence(change, "the gene"))
    return Why(
        snapshot=question.snapshot,
        gene=gene["id"],
        symbol=gene["symbol"],
        inside=bool(holders),
        reason="inside" if holders else _reason(records),
        sentences=tuple(notes),
        records=records,
        change=change,
    )


def about_pair(question: Question, asked: str, term: str) -> Why:
    """Why a term of the snapshot contains a gene or not; a term that is not in it contains none.

    Args:
        question: with the snapshot.
        asked: any name of the gene.
        term: id of the term.

    Raises:
        NotFound: the genome has no such gene, or no release knows the term.
        InputError: the name could mean several genes.
    """
    gene = question.gene(asked)
    of_term = about_term(question, term, search=False)
    if of_term.term == ROOT_ID:
        return replace(about_gene(question, asked), term=ROOT_ID, name=of_term.name)
    if of_term.name is None or of_term.term is None:
        return replace(of_term, gene=gene["id"], symbol=gene["symbol"])
    live, title = of_term.term, _title(gene)
    key = {"genome": question.genome, "gene": gene["id"]}
    found = question.runner.read("why/pair", snapshot=question.snapshot, term=live, **key) if of_term.inside else []
    holders = [row["term"] for row in found]
    near = question.around(_terms(question, gene), gene=gene["id"], downward=False)
    records = question.records(near, near.at_or_below(live, question.recipe))
    if live in holders:
        notes = [f"{title} is attached to {live} ({of_term.name}) itself."]
    elif holders:
        notes = [f"{live} ({of_term.name}) contains {title} through {some(holders)}."]
    elif of_term.inside:
        notes = [f"{live} ({of_term.name}) is in the snapshot, but does not contain {title}."]
    else:
        notes = list(of_term.sentences[:-1])
    notes.append(fate_sentence(records, f"of {title} at or below {live}"))
    notes += _removed_terms(question, records)
    change = None
    if not holders:
        around = question.around([live])
        change = question.change(around, lambda outcome, material: term_contains(outcome, material, live, gene["id"]))
        notes.append(change_sentence(change, "the gene in the term"))
    return replace(
        of_term,
        gene=gene["id"],
        symbol=gene["symbol"],
        inside=bool(holders),
        reason="inside" if holders else of_term.reason if not of_term.inside else _reason(records),
        sentences=tuple(notes),
        records=records,
        change=change,
    )


def _title(gene: Row) -> str:
    return str(gene["id"]) if gene["symbol"] in (None, "", gene["id"]) else f"{gene['symbol']} ({gene['id']})"


def _terms(question: Question, gene: Row) -> list[str]:
    """The live terms that the files annotate a gene to, in any way."""
    rows = question.runner.read(
        "why/gene_terms",
        genome=question.genome,
        gene=gene["id"],
        release=question.release,
        sources=list(question.sources),
    )
    return [row["term"] for row in rows]


def _reason(records: pd.DataFrame) -> Reason:
    if records.empty:
        return "no record"
    return "lost" if (records["fate"] == COUNTS).any() else "stopped"


def _removed_terms(question: Question, records: pd.DataFrame) -> list[str]:
    """What became of the terms that count for a gene but were removed."""
    terms = sorted(set(records["term"][records["fate"] == COUNTS]))
    states = question.runner.read("why/states", snapshot=question.snapshot, terms=terms)
    removed = [f"{row['term']} ({row['stage']}: {row['reason']})" for row in states if not row["kept"]]
    if not removed:
        return []
    genes = "dropped" if question.recipe.removed_genes == "drop" else "given to the terms above"
    return [f"Counted records are on terms that were removed, whose genes were {genes}: {some(removed)}."]
