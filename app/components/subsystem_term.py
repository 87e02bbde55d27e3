"""One subsystem of a run: its states across strains, its genes, and the annotations that gave it those genes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import charts, chooser, links, models, subsystem_charts, tables
from components.store import Store
from components.subsystem_view import TERM
from components.text import plain
from dcell_graph.errors import DatabaseError, DcellGraphError
from dcell_graph.graph.subject_view import records_of_terms
from dcell_graph.interpret.stored import Stored
from dcell_graph.interpret.terms import genes_of_term, terms_below
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.finding import run_config
from dcell_graph.train.listing import RunSummary

_GENES = {"symbol": "Symbol", "gene": "Gene", "role": "The gene is", "terms": "Terms with it, at or below"}
_RANKS = {"Rank, shuffling": "permutation", "Rank, RLIPP": "rlipp_gain", "Rank, gradient": "gradient_x_state"}
_RECORDS = {
    "symbol": "Symbol",
    "gene": "Gene",
    "evidence": "Evidence",
    "date": "Date",
    "source": "Source",
    "stated": "Stated term",
    "term": "Subsystem",
    "name": "Name",
}


def head(snapshot: Snapshot, scores: Stored | None, term: str) -> bool:
    """What the term is and how it scores; False, after a sentence, if the snapshot has no such term."""
    rows = snapshot.terms[(snapshot.terms["term"] == term).to_numpy()].to_dict("records")
    if not rows:
        st.warning(plain(f"{snapshot.manifest.name} has no subsystem {term}."), icon=":material/search_off:")
        _close()
        return False
    (facts,) = rows
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        title = f"{facts['name']} ({term})" if facts["name"] not in ("", term) else term
        st.subheader(plain(title), anchor=False, width="content")
        _close()
    with st.container(horizontal=True):
        name = snapshot.manifest.name
        release = snapshot.manifest.ontology.release
        links.link("term", "The term itself", icon="account_tree", term=term, release=release)
        links.link("why", f"Why it is in {name}", icon="help", snapshot=name, term=term)
    values = {
        "Genes, direct": f"{facts['direct_genes']:,}",
        "Genes, contained": f"{facts['contained_genes']:,}",
        "Depth": f"{facts['depth']}",
    }
    if scores is not None:
        (scored,) = scores.table[(scores.table["term"] == term).to_numpy()].to_dict("records")
        count = len(scores.table)
        values |= {words: _rank(scored[f"{by}_rank"], count) for words, by in _RANKS.items()}
    for column, (words, value) in zip(st.columns(len(values)), values.items(), strict=True):
        column.metric(words, value, border=True)
    return True


def show_states(settings: Settings, run: RunSummary, term: str) -> None:
    """The states of the term across strains that the run was not trained on."""
    number = 0
    if run.models > 1:
        names = tuple(f"Model {place + 1}" for place in range(run.models))
        number = names.index(chooser.one_of("States of", names, "model", steady=True) or names[0])
    try:
        found = models.states(settings, run, number)
    except DcellGraphError as error:
        st.error(plain(error), icon=":material/error:")
        return
    here = found.of_term(found.term_ids.index(term))
    phenotype = str(run_config(run.folder)["dataset"].get("phenotype", "phenotype"))
    st.caption(
        f"{len(here.table):,} strains that the run was not trained on have {here.different:,} different states here, "
        "the wild type's included. A point is a state; larger ones are those of more strains. "
        "The colours end at the 5th and 95th percentile."
    )
    table = here.table.rename(
        columns={
            "strain": "Strain",
            "measured": f"Measured {phenotype}",
            "state": "State",
            "distance": "Distance from the wild type",
            "first": "First component",
            "second": "Second component",
        }
    )
    groups = subsystem_charts.grouped(here).rename(
        columns={
            "state": "State",
            "strains": "Strains",
            "measured": f"Mean measured {phenotype}",
            "distance": "Distance from the wild type",
            "first": "First component",
            "second": "Second component",
            "names": "Such as",
        }
    )
    charts.show(
        "states",
        subsystem_charts.states(here, phenotype),
        alt=f"States of the term by their first two components: {len(groups):,} different ones of {len(table):,} "
        f"strains; the components have {here.explained[0]:.0%} and {here.explained[1]:.0%} of the variance",
        table=groups,
        height=440,
    )
    with st.expander("Every strain with all values of its state", icon=":material/table_rows:"):
        tables.show("strain-states", table, empty="There are no strains.")


def show_genes(snapshot: Snapshot, term: str) -> None:
    """The genes that the term contains."""
    frame = genes_of_term(snapshot, term)
    frame["role"] = ["attached to it" if attached else "below it" for attached in frame["attached"]]
    tables.show("genes-of-subsystem", frame[list(_GENES)].rename(columns=_GENES), empty="The term has no gene.")


def show_annotations(settings: Settings, snapshot: Snapshot, term: str) -> None:
    """The records that gave the term its genes, if the database is there and has the snapshot."""
    try:
        store = Store(settings)
    except DatabaseError as error:
        st.info(plain(f"The annotations are in the database, which cannot be asked: {error}"), icon=":material/info:")
        return
    made = store.snapshots.get(snapshot.manifest.name)
    if made is None or made.snapshot_id != snapshot.manifest.snapshot_id:
        st.info(
            plain(f"The database does not have the snapshot {snapshot.manifest.name} of this run, so it cannot say."),
            icon=":material/info:",
        )
        return
    below = st.toggle("With those of the terms below it", key="below", bind="query-params")
    terms = tuple(terms_below(snapshot, term)) if below else (term,)
    frame = store.ask_much(records_of_terms, snapshot.manifest.name, terms)
    headings = _RECORDS if below else {key: words for key, words in _RECORDS.items() if key not in ("term", "name")}
    st.caption(
        f"Records that gave the term its genes, after the filters of the snapshot: {_counts(frame, 'source')}; "
        f"evidence {_counts(frame, 'evidence')}."
        if len(frame)
        else "No record gives this term a gene; its genes come from the terms below it."
    )
    tables.show("annotations-of-subsystem", frame[list(headings)].rename(columns=headings), empty="")
    links.link("annotations", "All annotations of the term, with papers", icon="table_rows", term=term,
               release=snapshot.manifest.ontology.release, genome=snapshot.manifest.genome.name)  # fmt: skip


def _counts(frame: pd.DataFrame, column: str) -> str:
    return ", ".join(f"{plain(value)} {count:,}" for value, count in frame[column].value_counts().items())


def _rank(rank: float, count: int) -> str:
    return "none" if pd.isna(rank) else f"{rank:,.0f} of {count:,}"


def _close() -> None:
    st.button("Close", icon=":material/close:", key="close-term", on_click=_forget)


def _forget() -> None:
    st.query_params.pop(TERM, None)
