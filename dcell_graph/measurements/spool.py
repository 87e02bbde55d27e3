"""Usable rows on disk until all have been read, and then part by part, each part with all rows of its genotypes.

Memory does not grow with the number of rows: it holds the names of genes and one part. A part is a range of the first
gene of a genotype in alphabetical order, so the parts, one after the other, are in the order of the strains' names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dcell_graph.errors import writing
from dcell_graph.measurements.batch import NO_GENE, padded

ROWS_A_PART = 500_000

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What follows "a" in the name of a strain with several genes.
_JOIN = "+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows, N of them with at most K genes.

    Args:
        codes: twice the number of a gene, plus one if it comes from the query; ``NO_GENE`` beyond the last [N, K].
        values: phenotypes [N].
        sds: their standard deviations, NaN if not known [N].
        places: place among all rows that were read, and line in the file [N, 2].
    """

    codes: Ints
    values: Floats
    sds: Floats
    places: Ints

    def __len__(self) -> int:
        return len(self.values)

    def take(self, which: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(codes=self.codes[which], values=self.values[which], sds=self.sds[which], places=self.places[which])


class Spool:
    """Rows in files of a folder.

    Args:
        folder: an empty folder, which the caller removes.
        rows_a_part: about the most rows of a part, unless one gene has more.
    """

    def __init__(self, folder: Path, rows_a_part: int = ROWS_A_PART) -> None:
        self._folder = folder
        self._rows_a_part = rows_a_part
        self._file = folder / "rows"
        self._blocks = 0
        self.rows = 0

    def add(self, rows: Rows) -> None:
        """Put rows at the end.

        Raises:
            InputError: the disk does not take them.
        """
        _append(self._file, rows)
        self._blocks += 1
        self.rows += len(rows)

    def parts(self, genes: Sequence[str]) -> Iterator[Rows]:
        """Yield all rows, those of one genotype together and in the order they were added.

        Args:
            genes: their names by number. In the rows that come out, numbers are ranks among the sorted names, and the
                codes of a row are in increasing order.
        """
        order = sorted(range(len(genes)), key=genes.__getitem__)
        rank = np.zeros(len(genes) + 1, np.int64)  # the last one stands for no gene
        rank[order] = np.arange(len(genes))
        if self.rows <= self._rows_a_part:
            yield _joined([_ranked(block, rank) for block in _read(self._file, self._blocks)])
            return
        bounds = self._bounds(rank, [genes[number] for number in order])
        counts = self._deal(rank, bounds)
        for part, blocks in enumerate(counts):
            path = self._folder / f"part-{part}"
            if blocks:
                rows = _joined(list(_read(path, blocks)))
                path.unlink()
                yield rows

    def _bounds(self, rank: Ints, names: list[str]) -> Ints:
        """The first gene of each part but the first, by rank."""
        rows = np.zeros(len(names), np.int64)
        for block in _read(self._file, self._blocks):
            rows += np.bincount(_ranked(block, rank).codes[:, 0] >> 1, minlength=len(names))
        known = set(names)
        bounds: list[int] = []
        held = 0
        for gene, count in enumerate(rows.tolist()):
            if held and held + count > self._rows_a_part and _may_part(names[gene], known):
                bounds.append(gene)
                held = 0
            held += count
        return np.array(bounds, np.int64)

    def _deal(self, rank: Ints, bounds: Ints) -> list[int]:
        """Write each row to the file of its part; gives the number of blocks in each."""
        counts = [0] * (len(bounds) + 1)
        for block in _read(self._file, self._blocks):
            rows = _ranked(block, rank)
            part = np.searchsorted(bounds, rows.codes[:, 0] >> 1, side="right")
            for number in np.unique(part).tolist():
                _append(self._folder / f"part-{number}", rows.take(part == number))
                counts[number] += 1
        return counts


def _append(path: Path, rows: Rows) -> None:
    with writing(path), path.open("ab") as file:
        for array in (rows.codes.astype(np.int32), rows.values, rows.sds, rows.places):
            np.save(file, array, allow_pickle=False)


def _read(path: Path, blocks: int) -> Iterator[Rows]:
    if not blocks:
        return
    with path.open("rb") as file:
        for _ in range(blocks):
            codes, values, sds, places = (np.load(file, allow_pickle=False) for _ in range(4))
            yield Rows(codes=codes.astype(np.int64), values=values, sds=sds, places=places)


def _joined(blocks: list[Rows]) -> Rows:
    width = max((block.codes.shape[1] for block in blocks), default=1)
    return Rows(
        codes=np.concatenate([np.zeros((0, width), np.int64), *(padded(block.codes, width) for block in blocks)]),
        values=np.concatenate([np.zeros(0), *(block.values for block in blocks)]),
        sds=np.concatenate([np.zeros(0), *(block.sds for block in blocks)]),
        places=np.concatenate([np.zeros((0, 2), np.int64), *(block.places for block in blocks)]),
    )


def _ranked(rows: Rows, rank: Ints) -> Rows:
    """The rows with ranks in place of numbers, and their genes in order."""
    absent = rows.codes == NO_GENE
    codes = 2 * rank[rows.codes >> 1] + (rows.codes & 1)
    codes[absent] = np.iinfo(np.int64).max
    codes.sort(axis=1)
    codes[codes == np.iinfo(np.int64).max] = NO_GENE
    return Rows(codes=codes, values=rows.values, sds=rows.sds, places=rows.places)


def _may_part(gene: str, known: set[str]) -> bool:
    """Whether no name of a strain with an earlier first gene comes after the first one of this gene.

    Names of strains are compared, in which a plus sign follows the first gene: where ``A`` and ``A!`` are genes, ``A!``
    stands before ``A+B``.
    """
    return not any(character < _JOIN and gene[:end] in known for end, character in enumerate(gene))
