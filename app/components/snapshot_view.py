"""What is in a snapshot: its sizes stage by stage, what was removed and why, what it was made of."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components import charts, links, tables
from components.store import Store
from components.text import plain
from dcell_graph.graph.hand_over import read_snapshot
from dcell_graph.snapshot.schema import Manifest, StageCount

_REMOVED = {
    "term": "Term",
    "name": "Name",
    "namespace": "Branch",
    "stage": "Stage",
    "reason": "Reason",
    "direct_genes": "Direct genes",
    "contained_genes": "Contained genes",
    "equal_to": "Equal to",
}
_TERMS = {
    "term": "Term",
    "name": "Name",
    "namespace": "Branch",
    "depth": "Depth",
    "height": "Height",
    "direct_genes": "Direct genes",
    "contained_genes": "Contained genes",
}


def listed(manifests: Sequence[Manifest]) -> pd.DataFrame:
    """Snapshots with what they were made of and their sizes."""
    rows = [
        {
            "Snapshot": made.name,
            "Recipe": made.recipe.get("name", ""),
            "Ontology": made.ontology.release,
            "Annotations": " + ".join(file.name for file in made.annotation_files),
            "Genome": made.genome.name,
            "Terms": made.counts["terms"],
            "Leaves": made.counts["leaves"],
            "Links": made.counts["links"],
            "Genes": made.counts["genes"],
            "Pairs": made.counts["pairs"],
            "Built": made.created[:10],
            "Id": made.snapshot_id[:12],
            "Generated": made.generated,
        }
        for made in manifests
    ]
    return pd.DataFrame(rows).drop(columns="Recipe")


def head(made: Manifest) -> None:
    """Sizes of a snapshot and what it was made of."""
    if made.generated:
        st.warning("This snapshot is made from a **generated world**, not real data.", icon=":material/science:")
    for column, key in zip(st.columns(5), ("terms", "leaves", "links", "genes", "pairs"), strict=True):
        column.metric(key.capitalize(), f"{made.counts[key]:,}", border=True)
    st.caption(
        plain(
            f"Ontology {made.ontology.release}; annotations "
            f"{' + '.join(file.name for file in made.annotation_files)}; genome {made.genome.name}"
            + (f"; gene list {made.gene_list.name}" if made.gene_list else "")
            + f". Id {made.snapshot_id[:12]}, built on {made.created[:10]} with {made.software}. It never changes."
        )
    )


def stages(name: str, counts: Sequence[StageCount]) -> None:
    """Waterfall of the terms, stage by stage."""
    steps: list[tuple[str, str, int]] = []
    for count in counts:
        if not steps:
            steps.append((count.stage, "total", count.terms))
        elif count.removed:
            steps.append((count.stage, "out", count.removed))
    last = counts[-1].terms
    before = steps[0][2] - sum(number for _, kind, number in steps if kind == "out")
    if last > before:
        steps.append(("artificial root", "in", last - before))
    steps.append(("result", "total", last))
    table = pd.DataFrame(
        [(count.stage, count.terms, count.removed, count.pairs) for count in counts],
        columns=["Stage", "Terms after it", "Removed", "Pairs after it"],
    )
    charts.show(
        f"stages-{name}",
        charts.waterfall(steps),
        alt="Terms stage by stage: " + ", ".join(f"{words} {number:,}" for words, _, number in steps),
        table=table,
        height=90 + 46 * len(steps),
    )


def terms(store: Store, name: str, *, removed: bool) -> None:
    """All terms that a snapshot has, or all candidates that a stage removed, with filters in the address."""
    snapshot = store.ask_much(read_snapshot, name)
    frame, headings = (snapshot.removed, _REMOVED) if removed else (snapshot.terms, _TERMS)
    left, right = st.columns([3, 2])
    with left:
        text = st.text_input(
            "Term", key="find", bind="query-params", live="400ms", placeholder="Part of an id or a name"
        ).strip()
    stage = None
    with right:
        if removed:
            stage = st.selectbox(
                "Removed by the stage",
                tuple(dict.fromkeys(frame["stage"])),
                index=None,
                placeholder="Any",
                key="stage",
                bind="query-params",
            )
    chosen = frame
    if text:
        folded = text.casefold()
        chosen = chosen[
            [
                folded in str(term).casefold() or folded in str(words).casefold()
                for term, words in zip(chosen["term"], chosen["name"], strict=True)
            ]
        ]
    if stage is not None:
        chosen = chosen[(chosen["stage"] == stage).to_numpy()]
    tables.long(
        "removed-terms" if removed else "terms",
        chosen,
        headings=headings,
        noun="removed term" if removed else "term",
        empty="No term fits these filters.",
        sort="term",
        chosen=tables.Chosen(parameter="term", id_of=lambda row: str(row["term"])),
    )
    term = st.query_params.get("term")
    if term:
        with st.container(horizontal=True):
            links.term(term, release=snapshot.manifest.ontology.release, snapshot=name)
            links.link("why", f"Why {term} is in {name} or not", icon="help", snapshot=name, term=term)


def recipe(made: Manifest) -> None:
    """Every option of the recipe, and the files with their checksums."""
    st.subheader("Recipe", anchor=False)
    rows = [(option, json.dumps(value)) for option, value in made.recipe.items()]
    tables.show("recipe", pd.DataFrame(rows, columns=["Option", "Value"]), empty="")
    st.subheader("Sources", anchor=False)
    parts = [("ontology", made.ontology.release, made.ontology.sha256)]
    parts += [("annotations", file.name, file.sha256) for file in made.annotation_files]
    parts += [("genome", made.genome.name, made.genome.sha256 or "")]
    if made.gene_list:
        parts.append(("gene list", made.gene_list.name, made.gene_list.sha256 or ""))
    tables.show("sources", pd.DataFrame(parts, columns=["Kind", "Name", "Checksum"]), empty="")
