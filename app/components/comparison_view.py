"""What a comparison of two annotation files says: waterfalls, counts, what cannot be compared."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import charts, tables
from components.store import Store
from components.text import plain
from components.theme import SIDES
from dcell_graph.graph.comparison.compare import CompareConfig, Comparison
from dcell_graph.graph.comparison.count import Counts, count

_STEPS = {"step": "Step", "kind": "Kind", "number": "Number", "left": "Left", "unit": "Unit"}


def answer(result: Comparison) -> None:
    """The answer in numbers and a sentence."""
    totals = result.totals
    columns = st.columns(4)
    numbers = (
        ("Only in A", totals["only_a"], None),
        ("In both, the same in everything", totals["same"], None),
        ("In both, but something differs", totals["both"] - totals["same"], None),
        ("Only in B", totals["only_b"], None),
    )
    for column, (words, number, _) in zip(columns, numbers, strict=True):
        column.metric(words, f"{number:,}", border=True)
    st.caption(
        plain(
            f"Pairs of a gene and a term. A is {result.a.title}, B is {result.b.title}; "
            f"{result.config.filters.words()}; terms of {result.config.release}, genes of {result.config.genome}. "
            f"Of the shared pairs evidence differs in {totals['evidence']:,}, the latest date in {totals['date']:,}, "
            f"the relation in {totals['relation']:,}, the references in {totals['reference']:,}."
        )
    )


def waterfalls(result: Comparison) -> None:
    """From the rows of each file to its pairs."""
    st.caption("From the rows of each file to the pairs that are compared. Steps that change nothing are left out.")
    for column, letter, source in zip(st.columns(2), "AB", (result.a, result.b), strict=True):
        mine = result.steps[(result.steps["source"] == source.name).to_numpy()]
        changing = mine[(mine["number"] != 0).to_numpy()]
        steps = list(zip(changing["step"], changing["kind"], changing["number"].tolist(), strict=True))
        first, last = mine.iloc[0], mine.iloc[-1]
        with column:
            st.subheader(plain(f"{letter}: {source.title}"), anchor=False)
            charts.show(
                f"waterfall-{letter.lower()}",
                charts.waterfall(steps),
                alt=f"Waterfall of {source.name}: {first['number']:,} rows become {last['number']:,} pairs; "
                + ", ".join(f"{words} {number:,}" for words, kind, number in steps if kind != "total"),
                table=mine[list(_STEPS)].rename(columns=_STEPS),
                height=420,
            )


def counts(store: Store, result: Comparison) -> None:
    """Pairs by evidence, namespace and year; then the many right numbers of each file."""
    _evidence(result)
    left, right = st.columns(2)
    with left:
        _namespaces(result)
    with right:
        _reasons(result)
    _years(result)
    st.subheader("Which count is it?", anchor=False)
    st.caption("Rows, annotations, pairs, genes: each number of a file with what it counts.")
    config = result.config
    both = [store.ask(count, name, release=config.release, genome=config.genome) for name in (config.a, config.b)]
    tables.show("counts", _numbers(both, config), empty="Nothing to count.")
    st.caption("Pairs passed on to all terms above (positive, without ND; no link between branches followed):")
    propagated = pd.concat([one.propagated.assign(Source=one.source.name) for one in both], ignore_index=True).rename(
        columns={
            "namespace": "Branch",
            "relations": "Relations",
            "genes": "Genes",
            "pairs": "Pairs",
            "terms": "Terms",
        }
    )
    tables.show("counts-propagated", propagated[["Source", *propagated.columns[:-1]]], empty="Nothing to count.")


def apart(result: Comparison) -> None:
    """What is listed apart because it contradicts itself or cannot be compared."""
    st.subheader("Stated both with and without NOT", anchor=False)
    columns = {
        "gene": "Gene",
        "symbol": "Symbol",
        "term": "Term",
        "name": "Term name",
        "positive_in": "Positive in",
        "not_in": "NOT in",
    }
    tables.show("contradictions", result.contradictions.rename(columns=columns), empty="No pair contradicts itself.")
    st.subheader("Terms that are merged, obsolete or unknown in this release", anchor=False)
    st.caption("Merged ids are compared as the term that took them over; obsolete and unknown ones are not compared.")
    columns = {
        "source": "Source",
        "stated": "Stated id",
        "status": "Status",
        "term": "Stands for",
        "replaced_by": "Replaced by",
        "consider": "Consider",
        "annotations": "Annotations",
    }
    tables.show("odd-terms", result.terms.rename(columns=columns), empty="Both files use live terms only.")
    st.subheader("Gene products without a gene", anchor=False)
    columns = {
        "source": "Source",
        "product": "Product",
        "symbol": "Symbol",
        "problem": "Problem",
        "candidates": "Could be",
        "annotations": "Annotations",
    }
    products = result.products[list(columns)].rename(columns=columns)
    tables.show("products-without-gene", products, empty="Every product stands for a gene of the genome.")


def _evidence(result: Comparison) -> None:
    table = result.by_evidence.rename(
        columns={
            "evidence": "Evidence",
            "annotations_a": "Annotations A",
            "annotations_b": "Annotations B",
            "only_a": "only A",
            "only_b": "only B",
            "both_a": "both, with this code in A",
            "both_b": "both, with this code in B",
        }
    )
    st.subheader("By evidence code", anchor=False)
    series = {
        "only A": SIDES["only A"],
        "both, with this code in A": "#009e73",
        "both, with this code in B": "#56b4e9",
        "only B": SIDES["only B"],
    }
    charts.show(
        "by-evidence",
        charts.bars(table, "Evidence", series, stacked=False, unit="Pairs"),
        alt="Pairs by evidence code and by the source that has them; the most frequent code only in A is "
        + _largest(table, "Evidence", "only A")
        + ", only in B "
        + _largest(table, "Evidence", "only B"),
        table=table,
    )


def _namespaces(result: Comparison) -> None:
    names = {"only_a": "only A", "both": "both", "only_b": "only B", "namespace": "Branch"}
    differs = {f"{fact}_differs": f"{fact} differs" for fact in ("evidence", "date", "relation", "reference")}
    table = result.by_namespace.rename(columns=names | differs)
    table = table.assign(Branch=[str(name).replace("_", " ") for name in table["Branch"]])
    st.subheader("By branch", anchor=False)
    charts.show(
        "by-namespace",
        charts.bars(table, "Branch", SIDES, stacked=True, unit="Pairs"),
        alt="Pairs by branch of the ontology and by the source that has them",
        table=table,
    )


def _reasons(result: Comparison) -> None:
    names = {"side": "In", "explanation": "Why the other side lacks it", "pairs": "Pairs"}
    table = result.by_explanation.rename(columns=names)
    table = table.assign(In=[side.replace("only_a", "only A").replace("only_b", "only B") for side in table["In"]])
    st.subheader("Why a pair is on one side only", anchor=False)
    tables.show("by-reason", table, empty="Neither file has a pair that the other lacks.")


def _years(result: Comparison) -> None:
    table = result.by_year.rename(
        columns={
            "year": "Year",
            "only_a": "only A",
            "only_b": "only B",
            "both_a": "both, by their date in A",
            "both_b": "both, by their date in B",
        }
    )
    st.subheader("By the year of the latest date", anchor=False)
    st.caption("The date column says when a row was last asserted, not when it became known.")
    series = {
        "only A": SIDES["only A"],
        "both, by their date in A": "#009e73",
        "both, by their date in B": "#56b4e9",
        "only B": SIDES["only B"],
    }
    charts.show(
        "by-year",
        charts.bars(table, "Year", series, stacked=False, unit="Pairs"),
        alt="Pairs by the year of their latest date and by the source that has them",
        table=table,
    )


def _numbers(both: list[Counts], config: CompareConfig) -> pd.DataFrame:
    a, b = (dict(zip(one.numbers["what"], one.numbers["number"], strict=True)) for one in both)
    words = dict(zip(both[0].numbers["what"], both[0].numbers["definition"], strict=True))
    words |= dict(zip(both[1].numbers["what"], both[1].numbers["definition"], strict=True))
    rows = [(what, a.get(what), b.get(what), definition) for what, definition in words.items()]
    return pd.DataFrame(rows, columns=["What", f"A: {config.a}", f"B: {config.b}", "Definition"])


def _largest(table: pd.DataFrame, name: str, column: str) -> str:
    return "none" if table.empty or not table[column].any() else str(table[name].iloc[int(table[column].argmax())])
