"""The pairs of a comparison as people read them, and the filters on them. All filters are in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from components import pages
from components.store import digest, kept
from components.tables import Chosen
from dcell_graph.graph.comparison.compare import Comparison

ROW = "pair"
"""The parameter of the address that names one pair."""

SIDES = {"only_a": "only A", "both": "both", "only_b": "only B"}
SAME = "the same in everything"
HEADINGS = {
    "gene": "Gene",
    "symbol": "Symbol",
    "not": "NOT",
    "term": "Term",
    "name": "Term name",
    "side": "In",
    "reason": "Why, or what differs",
    "evidence_a": "Evidence A",
    "evidence_b": "Evidence B",
    "latest_a": "Latest date A",
    "latest_b": "Latest date B",
}
CHOSEN = Chosen(parameter=ROW, id_of=lambda row: "~".join(filter(None, (row["gene"], row["term"], row["not"]))))


def readable(result: Comparison) -> pd.DataFrame:
    """The pairs with words for their side and their reason, and their latest date on both sides."""
    frame = result.pairs
    differences = ["differs in " + " and ".join(words) if words else SAME for words in frame["differs"]]
    one_sided = (frame["side"] != "both").to_numpy()
    columns: dict[str, Any] = {name: frame[name] for name in ("gene", "symbol", "term", "name", "namespace")}
    columns["not"] = np.where(frame["not"], "NOT", "")
    columns["side"] = [SIDES[side] for side in frame["side"]]
    columns["reason"] = np.where(one_sided, frame["explanation"], differences)
    for letter in "ab":
        columns[f"latest_{letter}"] = [dates[-1] if dates else None for dates in frame[f"dates_{letter}"]]
    for name in ("evidence", "dates", "relations", "references"):
        columns |= {f"{name}_{letter}": frame[f"{name}_{letter}"] for letter in "ab"}
    return pd.DataFrame(columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What pairs can be chosen by.

    Args:
        codes: evidence codes.
        reasons: why a pair is on one side, or what differs; the most frequent first.
        branches: of the ontology.
    """

    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    branches: tuple[str, ...]


def options(frame: pd.DataFrame) -> Options:
    """What the pairs of a comparison can be chosen by."""
    return Options(
        codes=tuple(sorted({code for letter in "ab" for codes in frame[f"evidence_{letter}"] for code in codes})),
        reasons=tuple(frame["reason"].value_counts().index),
        branches=tuple(sorted(set(frame["namespace"]))),
    )


def filtered(result: Comparison, key: str) -> tuple[pd.DataFrame, str]:
    """Show the filters.

    Args:
        result: the comparison.
        key: names its content.

    Returns:
        The pairs that pass them, and a name for these.
    """
    frame = kept(readable, key, result)
    there = kept(options, key, frame)
    with st.container(border=True):
        upper, lower = st.columns([3, 3, 2, 2]), st.columns([3, 3, 2, 2])
        with upper[0]:
            gene = _text("Gene", "gene", "Part of an id or symbol")
        with upper[1]:
            term = _text("Term", "term", "Part of an id or name")
        with upper[2]:
            side = _one_of("In", tuple(SIDES.values()), "side")
        with upper[3]:
            evidence = _one_of("Evidence on either side", there.codes, "evidence")
        with lower[0]:
            reason = _one_of("Why, or what differs", there.reasons, "reason")
        with lower[1]:
            branch = _one_of("Branch", there.branches, "namespace")
        with lower[2]:
            since = _day("Latest date from", "date_from")
        with lower[3]:
            until = _day("Latest date until", "date_until")
    name = digest(key, gene, term, side, evidence, reason, branch, since, until)
    chosen = kept(
        _choose,
        name,
        frame,
        texts={"gene": gene, "term": term},
        equal={"side": side, "reason": reason, "namespace": branch},
        evidence=evidence,
        days=(since, until),
    )
    return chosen, name


def _choose(
    frame: pd.DataFrame,
    *,
    texts: dict[str, str],
    equal: dict[str, str | None],
    evidence: str | None,
    days: tuple[date | None, date | None],
) -> pd.DataFrame:
    chosen = np.ones(len(frame), np.bool_)
    for column, text in texts.items():
        if text:
            second = "symbol" if column == "gene" else "name"
            chosen &= _holds(frame[column], text) | _holds(frame[second], text)
    for column, value in equal.items():
        if value is not None:
            chosen &= (frame[column] == value).to_numpy()
    if evidence is not None:
        both = zip(frame["evidence_a"], frame["evidence_b"], strict=True)
        chosen &= np.array([evidence in a or evidence in b for a, b in both], np.bool_)
    if any(days):
        chosen &= _within(frame["latest_a"], days) | _within(frame["latest_b"], days)
    return frame[chosen]


def _holds(column: pd.Series[Any], text: str) -> npt.NDArray[np.bool_]:
    wanted = text.casefold()
    return np.array([value is not None and wanted in value.casefold() for value in column], np.bool_)


def _within(column: pd.Series[Any], days: tuple[date | None, date | None]) -> npt.NDArray[np.bool_]:
    since, until = (None if day is None else day.isoformat() for day in days)
    return np.array(
        [
            isinstance(day, str) and (since is None or day >= since) and (until is None or day <= until)
            for day in column
        ],
        np.bool_,
    )


def _text(label: str, key: str, placeholder: str) -> str:
    return st.text_input(
        label, key=key, bind="query-params", live="400ms", placeholder=placeholder, on_change=pages.first
    ).strip()


def _one_of(label: str, options: tuple[str, ...], key: str) -> str | None:
    chosen: str | None = st.selectbox(
        label, options, index=None, placeholder="All", key=key, bind="query-params", on_change=pages.first
    )
    return chosen


def _day(label: str, key: str) -> date | None:
    day = st.date_input(
        label,
        value=None,
        min_value=date(1980, 1, 1),
        format="YYYY-MM-DD",
        key=key,
        bind="query-params",
        on_change=pages.first,
    )
    return day if isinstance(day, date) else None
