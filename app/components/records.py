"""The annotations of a gene or a term, by file: how many with which evidence, and all of them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import charts, links, tables
from components.store import Store
from components.theme import SERIES
from dcell_graph.graph import browse
from dcell_graph.graph.browse import HEADINGS, Choice
from dcell_graph.graph.runner import Runner

_TABLE = {heading: heading for heading in HEADINGS}


def show(store: Store, choice: Choice, evidence: pd.DataFrame, subject: str) -> None:
    """Show them.

    Args:
        store: of the database.
        choice: which annotations.
        evidence: ``source``, ``not``, ``evidence``, ``annotations``.
        subject: what they are of, for those who cannot see the chart.
    """
    if evidence.empty:
        st.info("No loaded file has an annotation of it.", icon=":material/search_off:")
        return
    table = by_evidence(evidence)
    series = dict(
        zip(table.columns[1:], [SERIES[place % len(SERIES)] for place in range(table.shape[1])], strict=False)
    )
    charts.show(
        "records-by-evidence",
        charts.bars(table, "Evidence", series, stacked=False, unit="Annotations"),
        alt=f"Annotations of {subject} by evidence code and file",
        table=table,
        height=300,
    )
    links.link(
        "annotations",
        "These annotations on their own page, with more filters",
        icon="table_rows",
        gene=choice.gene,
        term=choice.term,
        genome=choice.genome,
        release=choice.release,
    )
    tables.long(
        "records",
        store.ask(every_record, choice),
        headings=_TABLE,
        noun="annotation",
        empty="No loaded file has an annotation of it.",
        sort="Source",
    )


def every_record(runner: Runner, choice: Choice) -> pd.DataFrame:
    """All annotations of a choice as a table."""
    return pd.DataFrame([record.cells() for record in browse.every(runner, choice)], columns=list(HEADINGS))


def by_evidence(evidence: pd.DataFrame) -> pd.DataFrame:
    """One row an evidence code, one column a file; NOT annotations are codes of their own."""
    codes = [
        f"NOT {code}" if negated else code for code, negated in zip(evidence["evidence"], evidence["not"], strict=True)
    ]
    table = evidence.assign(Evidence=codes).pivot_table(
        index="Evidence", columns="source", values="annotations", aggfunc="sum", fill_value=0
    )
    return table.astype("int64").rename_axis(columns=None).reset_index()
