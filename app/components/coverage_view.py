"""What a snapshot lets a model see of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import charts, tables
from components.text import plain
from components.theme import BLUE, ORANGE
from dcell_graph.errors import DcellGraphError
from dcell_graph.graph.hand_over import fetch_snapshot
from dcell_graph.graph.lost_genes import trace_snapshot
from dcell_graph.measurements.dataset import DatasetManifest
from dcell_graph.measurements.selection import select
from dcell_graph.measurements.storage import read_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.coverage import ALL, Coverage, cover
from dcell_graph.snapshot.coverage_sentences import explain
from dcell_graph.snapshot.visible import visible_genes

_FITS = {
    "part": "Part",
    "strains": "Strains",
    "groups": "Groups",
    "shared": "In a shared group",
    "like_wild_type": "Like wild type",
    "r2": "R2 at best",
    "pearson": "Pearson at best",
    "genotype_r2": "R2 if all genes were visible",
    "genotype_pearson": "Pearson then",
}
_STEPS = {
    "step": "Step",
    "genes": "Genes left",
    "lost": "Genes lost",
    "strains": "Strains touched",
    "like_wild_type": "Like wild type",
    "shared": "In a shared group",
    "r2": "R2 at best",
    "pearson": "Pearson at best",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A dataset as a model on a snapshot sees it.

    Args:
        dataset: its manifest.
        coverage: the strains that are usable.
        left_out: strains that are not, by reason.
        unknown: why it cannot be told where genes were lost, if it cannot.
    """

    dataset: DatasetManifest
    coverage: Coverage
    left_out: dict[str, int]
    unknown: str | None


def look(settings: Settings, snapshot: str, folder: Path) -> Seen:
    """See a dataset through a snapshot of the database.

    Raises:
        InputError: no strain lacks a gene of the snapshot.
    """
    chosen = fetch_snapshot(settings, snapshot)
    measured = read_dataset(folder)
    gene_ids, other_names = visible_genes(chosen)
    selection = select(measured, gene_ids, names=other_names, unknown_genes="ignore")
    names = selection.strains["strain"].tolist()
    trace, unknown = trace_snapshot(settings, chosen)
    found = cover(
        chosen,
        names=names,
        # The table of a selection has only the visible genes left; the name of a strain has all.
        genes=[name.split("+") for name in names],
        labels=selection.strains["phenotype"].to_numpy(),
        trace=trace,
    )
    return Seen(dataset=measured.manifest, coverage=found, left_out=selection.reasons, unknown=unknown)


def summary(seen: Seen) -> None:
    """The answer in numbers."""
    found = seen.coverage
    everyone = found.fits[(found.fits["part"] == ALL).to_numpy()].iloc[0]
    best = everyone["pearson"]
    numbers = (
        ("Strains", f"{len(found.strains):,}"),
        (f"Hidden, of {len(found.genes):,} genes", f"{len(found.genes) - len(found.visible):,}"),
        ("Look like wild type", f"{int(everyone['like_wild_type']):,}"),
        ("Look like another strain", f"{int(everyone['shared']):,}"),
        ("Pearson at best", fit(best)),
    )
    for column, (words, number) in zip(st.columns(5), numbers, strict=True):
        column.metric(words, number, border=True)
    sentences = [f"Left out: {number:,} strains, {reason}." for reason, number in seen.left_out.items()]
    sentences.append(
        "Pearson at best is the highest correlation with the measured values that any model on this snapshot can "
        "reach, since strains that look alike to it get the same prediction."
    )
    for sentence in sentences:
        st.caption(plain(sentence))


def steps(seen: Seen) -> None:
    """Where the genes of the dataset are lost."""
    found = seen.coverage
    tables.show("fits", _with_fits(found.fits)[list(_FITS)].rename(columns=_FITS), empty="No strains.")
    if found.steps is None:
        st.info(plain(f"At which step genes were lost cannot be said: {seen.unknown}."), icon=":material/help:")
        return
    losing = found.steps[(found.steps["lost"] != 0).to_numpy()]
    if losing.empty:
        st.info("Every gene that some strain lacks is visible.", icon=":material/visibility:")
        return
    figure = go.Figure(
        [
            go.Bar(name="Genes lost", x=losing["step"].tolist(), y=losing["lost"].tolist(), marker_color=ORANGE),
            go.Bar(
                name="Strains with a lost gene by then",
                x=losing["step"].tolist(),
                y=losing["strains"].tolist(),
                marker_color=BLUE,
            ),
        ]
    )
    figure.update_layout(
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        yaxis={"tickformat": ",d", "title": "Number"},
        xaxis={"type": "category", "title": None},
    )
    charts.show(
        "lost-genes",
        figure,
        alt="Genes of the dataset lost at each step: "
        + ", ".join(f"{row['step']} {row['lost']:,}" for row in losing.to_dict("records")),
        table=_with_fits(found.steps)[list(_STEPS)].rename(columns=_STEPS),
        height=320,
    )


def fit(value: float) -> str:
    """A fit with four digits, rounded so that only a perfect one is shown as 1."""
    if pd.isna(value):
        return "undefined"
    return f"{value:.4f}" if value in (0, 1) else f"{min(value, 0.9999):.4f}"


def _with_fits(frame: pd.DataFrame) -> pd.DataFrame:
    fits = [column for column in frame.columns if str(column).endswith(("r2", "pearson"))]
    return frame.assign(**{column: pd.Series([fit(value) for value in frame[column]]) for column in fits})


def genes(seen: Seen) -> None:
    """Genes that no model on the snapshot can see."""
    hidden = seen.coverage.genes[~seen.coverage.genes["visible"].to_numpy()]
    headings = {"gene": "Gene", "strains": "Strains", "step": "Lost at", "reason": "Why"}
    tables.long(
        "genes-not-visible",
        hidden,
        headings=headings,
        noun="gene that is not visible",
        empty="Every gene that some strain lacks is visible.",
        sort="strains",
    )


def groups(seen: Seen) -> None:
    """Strains that a model cannot tell apart."""
    headings = {
        "group": "Group",
        "strains": "Strains",
        "genes": "Visible genes",
        "mean": "Mean",
        "lowest": "Lowest",
        "highest": "Highest",
        "members": "Members",
    }
    frame = seen.coverage.groups
    frame = frame.assign(
        members=[", ".join(names[:5]) + (" …" if len(names) > 5 else "") for names in frame["members"]]
    )
    tables.long(
        "equal-strains",
        frame,
        headings=headings,
        noun="group of strains that look the same",
        empty="No two strains look the same.",
        sort="group",
    )


def one_strain(seen: Seen) -> None:
    """What becomes of one strain, and why."""
    name = st.text_input(
        "Strain",
        key="strain",
        bind="query-params",
        placeholder=f"Such as {seen.coverage.strains['strain'].iloc[0]}",
    ).strip()
    if not name:
        return
    try:
        sentences = explain(seen.coverage, [name])
    except DcellGraphError as error:
        st.warning(plain(error), icon=":material/search_off:")
        return
    for sentence in sentences:
        st.markdown(f"- {plain(sentence)}")
