"""What models say about a genotype: phenotype, expectation, interaction, and the terms whose state moves."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from components import charts, chooser, knockout_chart, links, models, tables
from components.store import digest, kept
from components.text import plain
from dcell_graph.interpret.knockout import Estimate, Knockout, compared, knock_out
from dcell_graph.interpret.sub_hierarchy import links_between, sub_hierarchy
from dcell_graph.interpret.terms import find_genes, gene_names
from dcell_graph.interpret.trained import Trained
from dcell_graph.settings import Settings
from dcell_graph.snapshot.schema import Snapshot
from dcell_graph.train.listing import RunSummary
from dcell_graph.wording import counted

GENES = "genes"
_EXPECTED = {"Effects add up": "additive", "Effects multiply": "multiplicative"}
_TERMS = {
    "term": "Term",
    "name": "Name",
    "genes": "Genes",
    "distance": "Distance",
    "distance_sd": "Sd over models",
    "share": "Share of the largest",
    "head": "Change of its own read-out",
}
_UNIT = "Distance"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one run says.

    Args:
        name: of the run.
        trained: its models.
        found: the answer.
    """

    name: str
    trained: Trained
    found: Knockout


def choose_genes(snapshots: list[Snapshot]) -> tuple[str, ...]:
    """The names of genes that are chosen or typed, among those of all models."""
    names = sorted(set().union(*map(gene_names, snapshots)))
    chosen = st.multiselect(
        f"Genes to delete, of {len(names):,}",
        names,
        key=GENES,
        bind="query-params",
        accept_new_options=True,
        placeholder="Search by symbol, or type any id",
    )
    return tuple(chosen)


def ask(settings: Settings, name: str, run: RunSummary, genes: tuple[str, ...]) -> Said | None:
    """What a run says; a sentence and None if it can see none of the genes."""
    opened = models.opened(settings, run)
    named = find_genes(opened.trained.snapshot, genes)
    if named.unknown:
        st.warning(
            plain(f"{name} cannot see {', '.join(named.unknown)}: its snapshot {run.snapshot} has no such gene."),
            icon=":material/visibility_off:",
        )
    if not named.genes:
        return None
    with opened.lock:
        key = digest(models.stamp(run.folder), named.genes)
        found = kept(knock_out, key, opened.trained, named.genes, exact=opened.exact)
    return Said(name=name, trained=opened.trained, found=found)


def expectation() -> str:
    """What a combination is compared with."""
    words = st.segmented_control(
        "Expected if", tuple(_EXPECTED), default=next(iter(_EXPECTED)), key="expected", bind="query-params"
    )
    return _EXPECTED[words or next(iter(_EXPECTED))]


def numbers(said: Said, expected: str) -> None:
    """The phenotype, what would be expected, and the interaction."""
    found = said.found
    count = len(said.trained.checkpoints)
    kind = f"mean of {count} models ± sd" if count > 1 else "one model"
    st.markdown(f"**{plain(said.name)}** · {plain(' + '.join(found.symbols))} deleted · {kind}")
    values = {f"Predicted {said.trained.phenotype}": found.phenotype, "Wild type": found.wild_type}
    if len(found.genes) > 1:
        if expected == "additive":
            values |= {"Expected": found.additive, "Interaction": found.interaction_additive}
        elif found.multiplicative is not None and found.interaction_multiplicative is not None:
            values |= {"Expected": found.multiplicative, "Interaction": found.interaction_multiplicative}
        else:
            st.caption("The wild type is exactly 0, so effects cannot be multiplied.")
    for column, (words, value) in zip(st.columns(len(values)), values.items(), strict=True):
        sd = None if value.sd is None else f"± {value.sd:.2g}"
        column.metric(words, f"{value.mean:.4g}", sd, delta_color="off", delta_arrow="off", border=True)


def genotypes(said: Said) -> pd.DataFrame:
    """Every number of a run as rows: the wild type, each gene alone, all together, expectations and interactions."""
    found = said.found
    symbols = dict(zip(found.genes, found.symbols, strict=True))
    rows: list[tuple[str, Estimate | None]] = [("wild type", found.wild_type)]
    rows += [(f"{symbols[gene]} alone", value) for gene, value in found.singles.items()]
    if len(found.genes) > 1:
        rows += [
            (" + ".join(found.symbols), found.phenotype),
            ("expected if effects add up", found.additive),
            ("interaction, effects adding up", found.interaction_additive),
            ("expected if effects multiply", found.multiplicative),
            ("interaction, effects multiplying", found.interaction_multiplicative),
        ]
    return pd.DataFrame(
        [(words, value.mean, value.sd) for words, value in rows if value is not None],
        columns=["What", said.trained.phenotype.capitalize(), "Sd over models"],
    ).astype({"Sd over models": float})


def drawing(said: Said, place: str, most: float) -> None:
    """The terms that move most on their ways to the root, coloured by the distance from the wild type's state."""
    moved = said.found.terms
    values = dict(zip(moved["term"], moved["distance"], strict=True))
    terms = sub_hierarchy(said.trained, values)
    hierarchy = said.trained.hierarchy
    levels = dict(zip(hierarchy.term_ids, hierarchy.levels.tolist(), strict=True))
    order = sorted({levels[term] for term in terms}, reverse=True)
    between = links_between(said.trained, terms)
    places = pd.DataFrame(
        {
            "term": terms,
            "name": [said.trained.term_names[term] for term in terms],
            "level": [order.index(levels[term]) for term in terms],
            "distance": [values.get(term, 0.0) for term in terms],
        }
    )
    name, farthest = f"moved-{place}", moved.head(5).to_dict("records")
    with st.container(key=f"drawing-{place}"):
        # On a narrow screen the drawing is scrolled, since names must stay readable.
        st.html(f"<style>.st-key-drawing-{place} {{ overflow-x: auto }} .st-key-{name} {{ min-width: 640px }}</style>")
        charts.show(
            name,
            knockout_chart.draw(places, between, most, _UNIT),
            alt=f"The {len(terms)} terms of {said.name} that move most on their ways to the root: "
            + "; ".join(f"{row['name'] or row['term']} {row['distance']:.3g}" for row in farthest),
            table=places.rename(columns={"term": "Term", "name": "Name", "level": "Column", "distance": "Distance"}),
            height=knockout_chart.height(places),
        )


def moved(said: Said) -> None:
    """All terms whose state moves; a click leads on."""
    frame = said.found.terms
    headings = {name: words for name, words in _TERMS.items() if not frame[name].isna().all() or name == "distance"}
    if not frame["name"].any():
        del headings["name"]
    tables.long(
        "terms-that-move",
        frame.assign(rank=range(1, len(frame) + 1)),
        headings={"rank": "Place", **headings} if len(frame) else headings,
        noun="moving term",
        empty="No state moves.",
        sort="rank" if len(frame) else "distance",
        chosen=tables.Chosen(parameter="term", id_of=lambda row: str(row["term"])),
    )
    term = st.query_params.get("term")
    if term:
        with st.container(horizontal=True):
            links.link(
                "subsystems", f"{term} as a subsystem of {said.name}", icon="donut_small", run=said.name, term=term
            )
            links.term(term, release=said.trained.snapshot.manifest.ontology.release)


def side_by_side(first: Said, second: Said) -> None:
    """How far each term moves in either run."""
    table = compared(first.found, second.found)
    st.caption(
        f"{counted(len(table), 'term')} move in one of them or both. "
        "The distances of two models are each on a scale of their own."
    )
    headings = {"term": "Term", "name": "Name", "first": first.name, "second": second.name, "difference": "Difference"}
    tables.show("two-models", table.rename(columns=headings), empty="No state moves.")


def second_run(runs: dict[str, RunSummary], first: str) -> str | None:
    """Another run to be set beside the first one."""
    return chooser.one_of(
        "Beside it",
        tuple(name for name in runs if name != first),
        "beside",
        placeholder="No other",
        empty="No other run",
    )
