"""What sources state, as one table: every annotation with its gene, its term in a release, and its dates.

Comparison, waterfall and counts all start from this table, so they cannot disagree about what an annotation is. It is
held in numbers (positions in short lists of names); people get names back in the frames that the operations return.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from dcell_graph.graph.comparison.known_on import SourceFile
from dcell_graph.graph.runner import Row, Runner

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Detail = Literal["waterfall", "pairs", "changes", "recipe"]

# Sources that are read at the same time: the server works on one while another is being received.
_AT_ONCE = 2

_TEXT_COLUMNS: dict[Detail, tuple[str, ...]] = {
    "waterfall": ("evidence",),
    "pairs": ("evidence", "relation", "paper"),
    "changes": ("evidence", "relation", "paper", "with_from", "extension", "product_form"),
    "recipe": ("evidence",),
}
_PLAIN_COLUMNS: dict[Detail, dict[str, type[np.generic]]] = {
    "waterfall": {},
    "pairs": {},
    "changes": {"line": np.int64, "relation_stated": np.bool_},
    "recipe": {"line": np.int64, "last_day": np.int64},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """For each of n things the positions of others: those of thing i are ``values[start[i] : start[i + 1]]``."""

    start: Ints
    values: Ints

    @staticmethod
    def of(lists: Sequence[Sequence[int]]) -> Several:
        """From one list a thing."""
        sizes = np.fromiter(map(len, lists), np.int64, len(lists))
        values = np.fromiter(chain.from_iterable(lists), np.int64, int(sizes.sum()))
        return Several(start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), values=values)

    @property
    def sizes(self) -> Ints:
        """How many each thing has."""
        return np.diff(self.start)

    def spread(self, keys: Ints) -> tuple[Ints, Ints]:
        """Each place of ``keys`` once for each value of its thing: (places, values)."""
        sizes = self.sizes[keys]
        places = np.repeat(np.arange(len(keys)), sizes)
        within = np.arange(len(places)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return places, self.values[np.repeat(self.start[keys], sizes) + within]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """The annotations of one or more sources.

    Args:
        sources: the files, in the order asked for.
        release: ontology release that terms are looked up in.
        genome: that genes are looked up in.
        records: one row for each date of each annotation, so mostly one an annotation: ``source``, ``annotation``
            (number, ascending), ``product``, ``stated`` (all positions), ``negated``, ``day`` (YYYYMMDD), and the
            columns of the detail asked for, texts as categories.
        products: ``source``, ``product``, ``symbol``, ``problem`` (None if it has a gene), ``candidates``.
        product_genes: genes of each product.
        genes: ``gene``, ``symbol``.
        stated: each id that is used: ``stated``, ``status`` (same, merged, obsolete, unknown), ``replaced_by``,
            ``consider``.
        stated_terms: live terms of each id.
        terms: live terms: ``term``, ``name``, ``namespace``.
    """

    sources: tuple[SourceFile, ...]
    release: str
    genome: str
    records: pd.DataFrame
    products: pd.DataFrame
    product_genes: Several
    genes: pd.DataFrame
    stated: pd.DataFrame
    stated_terms: Several
    terms: pd.DataFrame

    def annotations(self) -> pd.DataFrame:
        """One row an annotation: the first of its records."""
        number = self.records["annotation"].to_numpy()
        return self.records[np.concatenate([[True], number[1:] != number[:-1]])]

    def pairs_of(self, records: pd.DataFrame) -> tuple[Ints, Ints, Ints]:
        """Records as statements about a gene and a live term: (place of the record, gene, term)."""
        places, genes = self.product_genes.spread(records["product"].to_numpy())
        again, terms = self.stated_terms.spread(records["stated"].to_numpy()[places])
        return places[again], genes[again], terms


def read_statements(
    runner: Runner, sources: tuple[SourceFile, ...], *, release: str, genome: str, detail: Detail
) -> Statements:
    """Read all annotations of some sources.

    Args:
        runner: of the database.
        sources: loaded files.
        release: a loaded ontology release.
        genome: a loaded genome, or ``as-annotated``.
        detail: which columns are needed; fewer are quicker.
    """
    read = partial(_read_source, runner, genome, detail)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(read, sources))
    product_rows = [row for rows, _ in found for row in rows]
    products_before = [0, *accumulate(len(rows) for rows, _ in found)]
    blocks = [block for _, block in found]
    products, product_genes, genes = _products(sources, product_rows, np.diff(products_before))
    stated_codes, stated_names = pd.factorize(_objects(chain.from_iterable(block["stated"] for block in blocks)))
    stated, stated_terms, terms = _terms(runner, [str(name) for name in stated_names], release)
    return Statements(
        sources=sources,
        release=release,
        genome=genome,
        records=_records(blocks, products, products_before, stated_codes.astype(np.int64), detail),
        products=products,
        product_genes=product_genes,
        genes=genes,
        stated=stated,
        stated_terms=stated_terms,
        terms=terms,
    )


def _read_source(runner: Runner, genome: str, detail: Detail, source: SourceFile) -> tuple[list[Row], Row]:
    products = _unblocked(runner.read("compare/products", source=source.name, genome=genome))
    return products, _columns(runner.read(f"compare/{detail}_records", source=source.name), detail)


def _unblocked(blocks: list[Row]) -> list[Row]:
    """Rows of lists of equal length as one row a place, sorted by product."""
    rows = [
        dict(zip(block, values, strict=True))
        for block in ({name: values for name, values in row.items() if name != "block"} for row in blocks)
        for values in zip(*block.values(), strict=True)
    ]
    return sorted(rows, key=lambda row: str(row["product"]))


def _columns(blocks: list[Row], detail: Detail) -> Row:
    """The lists of all products of a source put end to end."""
    names = ["stated", "negated", "days", *_TEXT_COLUMNS[detail], *_PLAIN_COLUMNS[detail]]
    lists = {name: [values for block in blocks for values in block[name]] for name in names}
    columns: Row = {name: list(chain.from_iterable(values)) for name, values in lists.items()}
    columns["products"] = [product for block in blocks for product in block["product"]]
    columns["sizes"] = [len(values) for values in lists["stated"]]
    return columns


def _records(
    blocks: list[Row], products: pd.DataFrame, products_before: list[int], stated: Ints, detail: Detail
) -> pd.DataFrame:
    n = len(stated)
    sources = np.repeat(np.arange(len(blocks)), [len(block["stated"]) for block in blocks])
    owners = []
    names = products["product"].tolist()
    for place, block in enumerate(blocks):
        first, last = products_before[place], products_before[place + 1]
        position = {name: first + k for k, name in enumerate(names[first:last])}
        owners.append(np.repeat([position[name] for name in block["products"]], block["sizes"]))
    columns: dict[str, Any] = {
        "source": sources,
        "annotation": np.arange(n),
        "product": np.concatenate([*owners, np.empty(0, np.int64)]).astype(np.int64),
        "stated": stated,
        "negated": np.fromiter(chain.from_iterable(block["negated"] for block in blocks), np.bool_, n),
    }
    for name in _TEXT_COLUMNS[detail]:
        columns[name] = _category(chain.from_iterable(block[name] for block in blocks))
    for name, kind in _PLAIN_COLUMNS[detail].items():
        columns[name] = np.fromiter(chain.from_iterable(block[name] for block in blocks), kind, n)
    days = [day for block in blocks for day in block["days"]]
    table = pd.DataFrame(columns)
    several = [place for place, day in enumerate(days) if type(day) is list]
    if several:
        sizes = np.ones(n, np.int64)
        sizes[several] = [len(days[place]) for place in several]
        table = table.take(np.repeat(np.arange(n), sizes))
        days = [one for day in days for one in (day if type(day) is list else (day,))]
    return table.assign(day=np.fromiter(days, np.int64, len(table))).reset_index(drop=True)


def _products(
    sources: tuple[SourceFile, ...], rows: list[Row], sizes: Ints
) -> tuple[pd.DataFrame, Several, pd.DataFrame]:
    symbols = {gene: symbol for row in rows for gene, symbol in zip(row["genes"], row["symbols"], strict=True)}
    ids = sorted(symbols)
    position = {gene: place for place, gene in enumerate(ids)}
    products = pd.DataFrame(
        {
            "source": np.repeat(np.arange(len(sources)), sizes),
            "product": _texts(row["product"] for row in rows),
            "symbol": _texts(row["symbol"] for row in rows),
            # The products of the genome "as-annotated" have no problem on record: what is not a gene is a complex.
            "problem": _texts(None if row["genes"] else row["problem"] or "not a gene" for row in rows),
            "candidates": _texts([*(row["candidates"] or ())] for row in rows),
        }
    )
    genes = pd.DataFrame({"gene": _texts(ids), "symbol": _texts(symbols[gene] for gene in ids)})
    return products, Several.of([[position[gene] for gene in row["genes"]] for row in rows]), genes


def _terms(runner: Runner, ids: list[str], release: str) -> tuple[pd.DataFrame, Several, pd.DataFrame]:
    """What the ids are in the release. A live term of an id wins over a live term that took the id over, and that
    over an obsolete one."""
    found: dict[str, list[Row]] = {id: [] for id in ids}
    for block in runner.read("compare/terms", ids=ids, release=release):
        for values in zip(*block.values(), strict=True):
            row = dict(zip(block, values, strict=True))
            found[row["stated"]].append(row)
    statuses: list[str] = []
    live: dict[str, Row] = {}
    owners: list[list[str]] = []
    others: list[tuple[list[str], list[str]]] = []
    for rows in found.values():
        own = [row for row in rows if not row["obsolete"] and not row["merged"]]
        chosen = own or [row for row in rows if not row["obsolete"]]
        live |= {row["term"]: row for row in chosen}
        owners.append([row["term"] for row in chosen])
        statuses.append("same" if own else "merged" if chosen else "obsolete" if rows else "unknown")
        others.append(
            ([], [])
            if chosen
            else (
                sorted({other for row in rows for other in row["replaced_by"]}),
                sorted({other for row in rows for other in row["consider"]}),
            )
        )
    names = sorted(live)
    position = {name: place for place, name in enumerate(names)}
    stated = pd.DataFrame(
        {
            "stated": _texts(ids),
            "status": _texts(statuses),
            "replaced_by": _texts(replaced for replaced, _ in others),
            "consider": _texts(consider for _, consider in others),
        }
    )
    terms = pd.DataFrame(
        {
            "term": _texts(names),
            "name": _texts(live[name]["name"] for name in names),
            "namespace": _texts(live[name]["namespace"] for name in names),
        }
    )
    return stated, Several.of([[position[name] for name in group] for group in owners]), terms


def _category(values: Iterable[str]) -> pd.Categorical:
    """Texts as sorted categories, so that their codes sort as they do."""
    codes, names = pd.factorize(_objects(values), sort=True)
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype=object))


def _objects(values: Iterable[Any]) -> npt.NDArray[np.object_]:
    """An array of the things themselves, also if they are lists."""
    return np.fromiter(values, dtype=object)


def _texts(values: Iterable[Any]) -> pd.Series[Any]:
    """A column of the things themselves: absent stays None, and nothing is turned into another type."""
    return pd.Series(_objects(values), dtype=object)
