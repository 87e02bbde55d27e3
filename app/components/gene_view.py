"""The parts of the page of a gene: what it is called, and the terms of snapshots that contain it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import charts, chooser, links, tables
from components.store import Store
from components.text import label, plain
from components.theme import BLUE, GREY
from dcell_graph.graph.subject_view import GeneFacts, subsystems_of_gene

_COLUMNS = {
    "term": "Term",
    "name": "Name",
    "namespace": "Branch",
    "gene": "The gene is",
    "depth": "Depth",
    "direct_genes": "Direct genes",
    "contained_genes": "Contained genes",
}


def facts(found: GeneFacts) -> None:
    """What the genome says about the gene."""
    st.subheader(plain(f"{found.symbol} ({found.id})"), anchor=False)
    tables.facts(
        {
            "SGD id": found.sgdid,
            "Aliases": "; ".join(found.aliases),
            "Kind": found.qualifier,
            "Chromosome": found.chromosome,
        }
    )


def subsystems(store: Store, genome: str, found: GeneFacts) -> None:
    """The terms of a snapshot that contain the gene."""
    snapshots = tuple(name for name, made in store.snapshots.items() if made.genome.name == genome)
    snapshot = chooser.one_of(
        "Snapshot", snapshots, "snapshot", empty=f"No snapshot of the genome {genome} is built yet"
    )
    if snapshot is None:
        return
    table = store.ask(subsystems_of_gene, snapshot, genome, found.id)
    links.link("why", "Why, and why not more", icon="help", snapshot=snapshot, gene=found.id)
    if table.empty:
        st.info(
            plain(f"No term of {snapshot} has {found.symbol}: a model on this snapshot cannot see it."),
            icon=":material/visibility_off:",
        )
        return
    attached = int(table["attached"].sum())
    words = ["attached to it" if value else "below it" for value in table["attached"]]
    table = table.assign(gene=words)
    st.caption(
        plain(
            f"{found.symbol} is attached to {attached:,} terms of {snapshot}; its state can reach {len(table):,} "
            "subsystems, up to the root."
        )
    )
    shown = table[list(_COLUMNS)].rename(columns=_COLUMNS)
    charts.show(
        "subsystems",
        _draw(table),
        alt=f"The {len(table):,} terms of {snapshot} that contain {found.symbol}, by depth and number of genes; "
        f"{attached:,} have it directly",
        table=shown,
        height=340,
    )
    tables.long(
        "subsystems-of-gene",
        table.drop(columns="attached"),
        headings=_COLUMNS,
        noun="subsystem",
        empty="None.",
        sort="depth",
    )


def _draw(table: pd.DataFrame) -> go.Figure:
    figure = go.Figure()
    for attached, colour, symbol, words in (
        (True, BLUE, "circle", "the gene is attached to the term"),
        (False, GREY, "circle-open", "the gene is below the term"),
    ):
        mine = table[(table["attached"] == attached).to_numpy()]
        figure.add_scatter(
            name=words,
            x=mine["depth"].tolist(),
            y=mine["contained_genes"].tolist(),
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 11, "line": {"width": 2, "color": colour}},
            hovertext=[f"{label(name)} ({label(term)})" for term, name in zip(mine["term"], mine["name"], strict=True)],
            hovertemplate="%{hovertext}: depth %{x}, %{y:,} genes<extra></extra>",
        )
    figure.update_layout(
        xaxis={"title": "Depth below the root", "dtick": 1},
        yaxis={"title": "Contained genes (logarithmic)", "type": "log", "tickformat": ",d"},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure
