"""The answer to why something is in a snapshot or not, and the words for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from dcell_graph.snapshot.applied.fates import COLUMNS, COUNTS, NOT_LAST
from dcell_graph.snapshot.applied.whatif import Change, WhatIf
from dcell_graph.wording import counted

Reason = Literal["inside", "removed", "no candidate", "obsolete", "unknown", "no record", "stopped", "lost"]
"""Why in a word. ``removed``: a stage took the term. ``no candidate``: nothing at or below the term passes the filters.
``obsolete``, ``unknown``: as an id of the release. Of a gene: ``no record`` on a live term; all records ``stopped`` by
filters and stages; ``lost`` with terms that were removed."""

_FATES = {
    "namespaces": "on terms of branches that take no part",
    "gene_list": "of genes not on the gene list",
    "negated": "with NOT",
    "no_data": "without data (ND)",
    "no_data_off_root": "without data (ND) on a term that is no root",
    "exclude_evidence": "with an evidence code that the recipe excludes",
    NOT_LAST: NOT_LAST,
    "asserted_from": "from before the first day",
    "asserted_until": "from after the last day",
    "stage date": "dropped by the date stage",
    "stage evidence": "dropped by the evidence stage",
    COUNTS: "counted",
}
NO_RECORDS = pd.DataFrame(columns=list(COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The answer.

    Args:
        snapshot: its name.
        gene, symbol, term, name: what was asked about; None for what was not.
        inside: whether it is in the snapshot; of a gene and a term, whether the term contains the gene.
        reason: in a word.
        stage: that removed the term, if one did.
        sentences: the answer in words.
        records: the records behind it, with their fate (``snapshot.applied.fates.record_fates``).
        change: the smallest change of the recipe that brings it in, applied; None if it is in, or if none does.
    """

    snapshot: str
    gene: str | None = None
    symbol: str | None = None
    term: str | None = None
    name: str | None = None
    inside: bool
    reason: Reason
    stage: str | None = None
    sentences: tuple[str, ...]
    records: pd.DataFrame
    change: WhatIf | None = None


def fate_sentence(records: pd.DataFrame, where: str) -> str:
    """How many records there are, and what became of them.

    Args:
        records: with ``fate``.
        where: what they are on, as in "at or below it".
    """
    if records.empty:
        return f"The files have no record {where}."
    counts = Counter(records["fate"])
    parts = [f"{counts[fate]:,} {words}" for fate, words in _FATES.items() if counts[fate]]
    return f"The files have {counted(len(records), 'record')} {where}: {', '.join(parts)}."


def change_sentence(change: WhatIf | None, thing: str) -> str:
    """What would bring something into the snapshot.

    Args:
        change: that does.
        thing: as in "the term".
    """
    if change is None:
        return f"No change of up to three options of the recipe brings {thing} in."
    parts = " and ".join(_change(one) for one in change.changes)
    return f"With {parts} the recipe keeps {thing} (applied to see it)."


def _change(change: Change) -> str:
    option = change.option.rpartition(".")[2]
    if change.stage is not None and option.isdigit():
        return f"the stage {change.stage} left out"
    words = f"{option} = {_value(change.after)} instead of {_value(change.before)}"
    return words if change.stage is None else f"{words} in the stage {change.stage}"


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return "none" if value is None else str(value)


def some(names: list[str], most: int = 5) -> str:
    """A list in words, cut short."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
