"""What happened to each annotation between two files: the same, with a new date, changed in one respect, gone, new.

An annotation is what it says: gene product, term, NOT, relation, evidence with its With/From, paper, extension and
product form. Date and assigned-by are attributes, so a new date alone is never a removal and an addition.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dcell_graph.errors import InputError
from dcell_graph.graph.comparison import axes
from dcell_graph.graph.comparison.filters import Filters
from dcell_graph.graph.comparison.known_on import SourceFile, find_sources, loaded_sources
from dcell_graph.graph.comparison.matching import ADDED, NOBODY, REMOVED, ROUNDS, SAME, dates_of, identify, match
from dcell_graph.graph.comparison.pair_table import objects
from dcell_graph.graph.comparison.statements import Ints, Statements, read_statements
from dcell_graph.graph.runner import Runner
from dcell_graph.sources.memo import collector_paused

UNCHANGED, REDATED = "unchanged", "re-dated"
CHANGED = tuple(step.change for step in ROUNDS if step.change != SAME)
CHANGES = (UNCHANGED, REDATED, *CHANGED, REMOVED, ADDED)
REMOVED_AT_ALL, ADDED_AT_ALL = "removed at all", "added at all"
"""With the changed annotations, each of which is one removed and one added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed from one file to another.

    Args:
        a, b: the older and the newer file, as named by the caller.
        by_product: True if annotations were matched by gene product, because both files identify products in the same
            database; else by gene.
        totals: by change (CHANGES) the number of annotations; ``removed at all`` and ``added at all`` also count
            changed ones, each of which is one removed and one added.
        annotations: one row a match or an unmatched annotation: ``change``, ``who``, ``symbol``, ``term``, ``name``,
            ``not_a``, ``not_b``, and both sides' ``evidence``, ``relation``, ``paper``, ``with_from``, ``dates``,
            ``line`` (None on a side that lacks it).
        by_evidence: ``evidence``, ``removed at all``, ``added at all``, ``re-dated``, ``unchanged``.
        notes: warnings.
    """

    a: SourceFile
    b: SourceFile
    by_product: bool
    totals: dict[str, int]
    annotations: pd.DataFrame
    by_evidence: pd.DataFrame
    notes: tuple[str, ...]

    def sentence(self, change: str) -> str:
        """``removed 13, all IEA``: the number of removed or added annotations, by evidence.

        Changed annotations are counted as well; if there are any, it says ``removed at all``.

        Args:
            change: ``removed`` or ``added``.
        """
        column = {REMOVED: REMOVED_AT_ALL, ADDED: ADDED_AT_ALL}[change]
        counts = [(row["evidence"], row[column]) for _, row in self.by_evidence.iterrows() if row[column]]
        total = sum(number for _, number in counts)
        if total != self.totals[change]:
            change = column
        if len(counts) <= 1:
            return f"{change} {total:,}" + (f", all {counts[0][0]}" if counts else "")
        ordered = sorted(counts, key=lambda item: (-item[1], item[0]))
        return f"{change} {total:,}: " + ", ".join(f"{code} {number:,}" for code, number in ordered)


@collector_paused()
def changes(
    runner: Runner, a: str, b: str, *, release: str, genome: str, stale_months: int = axes.STALE_MONTHS
) -> Changes:
    """Match the annotations of two files, NOT and ND included.

    Args:
        runner: of the database.
        a, b: names of loaded annotation files; what only ``a`` has is called removed.
        release: ontology release; ids that it has merged are the same term.
        genome: genes are resolved against it where the files do not identify products in the same database.
        stale_months: warn when one file is older than the other by more than this.

    Raises:
        NotFound: a file is not loaded.
        InputError: both files are the same.
    """
    if a == b:
        raise InputError("a file was to be compared with itself", found=a, hint="name two files")
    files = find_sources(runner, (a, b))
    statements = read_statements(runner, files, release=release, genome=genome, detail="changes")
    by_product = files[0].family == files[1].family
    table = identify(statements, by_product=by_product)
    frame = _frame(_spelt(statements, table, by_product), table["dates"].to_numpy(), match(table))
    totals = {change: int((frame["change"] == change).sum()) for change in CHANGES}
    changed = sum(totals[change] for change in CHANGED)
    totals |= {REMOVED_AT_ALL: totals[REMOVED] + changed, ADDED_AT_ALL: totals[ADDED] + changed}
    stale = axes.stale(files[0], files[1], stale_months)
    return Changes(
        a=files[0],
        b=files[1],
        by_product=by_product,
        totals=totals,
        annotations=frame,
        by_evidence=_by_evidence(frame),
        notes=axes.notes(files, Filters(), loaded_sources(runner)) + (() if stale is None else (stale,)),
    )


def _spelt(statements: Statements, table: pd.DataFrame, by_product: bool) -> pd.DataFrame:
    """What people read about each row of the table of identities."""
    number = table["annotation"].to_numpy()
    records = statements.annotations().iloc[number].reset_index(drop=True)
    products = statements.products.iloc[records["product"].to_numpy()].reset_index(drop=True)
    who, symbol = products["product"], products["symbol"]
    if not by_product:
        gene = table["who"].to_numpy()
        mapped = pd.Series(gene >= 0)
        genes = statements.genes.iloc[np.maximum(gene, 0)].reset_index(drop=True) if mapped.any() else products
        who = genes["gene"].where(mapped, who) if mapped.any() else who
        symbol = genes["symbol"].where(mapped, symbol)
    stated = statements.stated["stated"].to_numpy()[records["stated"].to_numpy()]
    term = table["term"].to_numpy()
    live = pd.Series(term >= 0)
    terms = statements.terms.iloc[np.maximum(term, 0)].reset_index(drop=True) if live.any() else None
    columns = {
        "who": who,
        "symbol": symbol,
        "term": pd.Series(stated, dtype=object) if terms is None else terms["term"].where(live, stated),
        "name": pd.Series(None, index=live.index, dtype=object) if terms is None else terms["name"].where(live, None),
        "not": records["negated"],
        **{name: records[name] for name in ("evidence", "relation", "paper", "with_from")},
        "dates": pd.Series(dates_of(statements)[number], dtype=object),
        "line": records["line"],
    }
    return pd.DataFrame({name: values.astype(object) for name, values in columns.items()})


def _frame(spelt: pd.DataFrame, dates: Ints, matched: list[tuple[str, Ints, Ints]]) -> pd.DataFrame:
    a = np.concatenate([rows for _, rows, _ in matched])
    b = np.concatenate([rows for _, _, rows in matched])
    change = np.repeat(objects([change for change, _, _ in matched]), [len(rows) for _, rows, _ in matched])
    same = change == SAME
    change[same & (dates[a] == dates[b])] = UNCHANGED
    change[same & (dates[a] != dates[b])] = REDATED
    either = np.where(a == NOBODY, b, a)
    columns: dict[str, Any] = {"change": change}
    columns |= {name: spelt[name].to_numpy()[either] for name in ("who", "symbol", "term", "name")}
    for name in ("not", "evidence", "relation", "paper", "with_from", "dates", "line"):
        for letter, rows in (("a", a), ("b", b)):
            columns[f"{name}_{letter}"] = np.where(rows == NOBODY, None, spelt[name].to_numpy()[rows])
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    place = {name: position for position, name in enumerate(CHANGES)}
    order = pd.DataFrame(
        {
            "change": frame["change"].map(place).to_numpy(),
            "who": frame["who"],
            "term": frame["term"],
            "line": spelt["line"].to_numpy()[either].astype(np.int64),
        }
    ).sort_values(["change", "who", "term", "line"], kind="stable")
    return frame.loc[order.index].reset_index(drop=True)


def _by_evidence(frame: pd.DataFrame) -> pd.DataFrame:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    # The same change of the same codes comes thousands of times.
    kinds = Counter(
        zip(frame["change"].tolist(), frame["evidence_a"].tolist(), frame["evidence_b"].tolist(), strict=True)
    )
    for (change, a, b), number in kinds.items():
        if change in (UNCHANGED, REDATED):
            counts[a][change] += number
            continue
        if a is not None:
            counts[a][REMOVED_AT_ALL] += number
        if b is not None:
            counts[b][ADDED_AT_ALL] += number
    columns = (REMOVED_AT_ALL, ADDED_AT_ALL, REDATED, UNCHANGED)
    rows = [[code, *(counts[code][column] for column in columns)] for code in sorted(counts)]
    return pd.DataFrame(rows, columns=["evidence", *columns])
