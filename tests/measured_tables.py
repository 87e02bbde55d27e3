"""Tables of measured strains, mangled, and what has to become of their rows by rules that are written anew."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from hypothesis import strategies as st

PAIRWISE_HEADER = (
    "Query Strain ID\tQuery allele name\tArray Strain ID\tArray allele name\tArraytype/Temp\t"
    "Genetic interaction score (ε)\tP-value\tQuery single mutant fitness (SMF)\tArray SMF\tDouble mutant fitness\t"
    "Double mutant fitness standard deviation"
)

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_STRAIN = re.compile(r"([^\s_]+)_\S+")
_GENE = re.compile(r"[^\s+\x00-\x1f\x7f]+")

ODD_CELLS = ["", " ", "NaN", "nan", "inf", "-Infinity", "1e400", "1e200", "0,3", "+.5", "1.", "1e-3", "٣", " 0.5", "x"]
ODD_STRAINS = ["YAL001C", "YAL002W_", "_sn1", "YAL001C+YDL227C_tm1", "YDL227C+YAL002W_tm2", "URA3control+YDL227C_y1"]
ODD_BYTES = [b"\t", b" ", b"\r", b"\xff", b"\xc3", b"\n", b"\x00", b"#", b"\xef\xbb\xbf", b"+", b"\n\n"]


@dataclass
class Account:
    """What has to become of the rows of a table, worked out row by row.

    Args:
        rows: numbers of the lines that are rows.
        refused: of those that cannot be used.
        values: line, value and standard deviation of the usable rows, by sorted genes.
    """

    rows: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    values: dict[tuple[str, ...], list[tuple[int, float, float | None]]] = field(default_factory=dict)

    @property
    def merged(self) -> list[int]:
        """Lines of the rows that repeat an earlier one."""
        return sorted(line for rows in self.values.values() for line, _, _ in rows[1:])

    def mean(self, genes: tuple[str, ...]) -> float:
        """Exact mean of a genotype's values."""
        values = [Fraction(value) for _, value, _ in self.values[genes]]
        return float(sum(values) / len(values))

    def sd(self, genes: tuple[str, ...]) -> float | None:
        """Standard deviation of that mean, by the textbook."""
        sds = [sd for _, _, sd in self.values[genes]]
        known = [sd for sd in sds if sd is not None]
        return math.hypot(*known) / len(sds) if len(known) == len(sds) else None


def number(text: str) -> float | None:
    """A finite decimal number within reason, or None."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) <= 1e100 else None


def genes_of(strain: str) -> list[str] | None:
    """Genes of a strain id."""
    match = _STRAIN.fullmatch(strain)
    genes = match[1].split("+") if match else [""]
    return genes if all(_GENE.fullmatch(gene) for gene in genes) else None


def account(content: bytes, value_column: int = 9, sd_column: int | None = 10) -> Account:
    """Judge the rows of a pairwise table one by one.

    Args:
        content: of the file, with its header as the first line.
    """
    found = Account()
    for line, raw in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        text = raw.rstrip(b"\r").decode("utf-8", "replace")
        if line == 1 or not text.strip(" ") or text.startswith("#"):
            continue
        found.rows.append(line)
        cells = [cell.strip(" ") for cell in text.split("\t")]
        judged = None if text.encode() != raw.rstrip(b"\r") else _judge(cells, value_column, sd_column)
        if judged is None:
            found.refused.append(line)
        else:
            genes, value, sd = judged
            found.values.setdefault(genes, []).append((line, value, sd))
    return found


def _judge(
    cells: list[str], value_column: int, sd_column: int | None
) -> tuple[tuple[str, ...], float, float | None] | None:
    if len(cells) != 11:
        return None
    query, array = genes_of(cells[0]), genes_of(cells[2])
    value = number(cells[value_column])
    if query is None or array is None or value is None:
        return None
    markers = {"YDL227C", "URA3control"} if len(query) > 1 else {"URA3control"}
    genes = tuple(sorted([gene for gene in query if gene not in markers] + array))
    sd = None if sd_column is None else number(cells[sd_column])
    return None if len(set(genes)) < len(genes) else (genes, value, None if sd is None or sd < 0 else sd)


@st.composite
def mangled_row(draw: st.DrawFn) -> bytes:
    """One line of a pairwise table: good, or with some cells replaced, and bytes thrown in; rarely something else."""
    kind = draw(st.integers(0, 15))
    if kind == 0:
        return draw(st.sampled_from([b"", b"  ", b"# a comment", b"\t\t", b"\r"]))
    genes: Sequence[str] = ["YAL001C", "YAL002W", "YAL003W", "YAL004W"]
    cells = [
        draw(st.sampled_from(genes)) + draw(st.sampled_from(["_sn1", "_tsq2", "_damp3"])),
        "allele",
        draw(st.sampled_from(genes)) + "_dma1",
        "allele",
        "DMA30",
        *(draw(st.sampled_from(["0.1", "-0.25", "0.5", "1e-2", "0.30"])) for _ in range(6)),
    ]
    if kind < 8:
        for place in draw(st.lists(st.integers(0, 10), max_size=2)):
            cells[place] = draw(st.sampled_from(ODD_STRAINS if place in (0, 2) else ODD_CELLS))
    line = "\t".join(cells).encode()
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        place = draw(st.integers(0, len(line)))
        line = line[:place] + draw(st.sampled_from(ODD_BYTES)) + line[place + draw(st.integers(0, 1)) :]
    return line + draw(st.sampled_from([b"", b"", b"", b"\r", b"\t", b" "]))
