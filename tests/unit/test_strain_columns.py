"""Columns of genes and names of strains that hold no object a strain: they behave as tuples and texts do."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dcell_graph.measurements.gene_array import GeneArray, GenesDtype
from dcell_graph.measurements.strain_names import StrainNames

ROWS = [("B", "C"), (), ("A",), ("B", "C"), ("A", "B", "D")]


def column() -> pd.Series:
    return pd.Series(GeneArray.of(ROWS))


def test_genes_read_as_tuples() -> None:
    genes = column()

    assert genes.dtype == GenesDtype()
    assert (genes.tolist(), list(genes), genes[4], genes.iloc[-1]) == (ROWS, ROWS, ROWS[4], ROWS[4])
    assert genes.map(len).tolist() == [2, 0, 1, 2, 3]
    assert genes.to_numpy().tolist() == ROWS
    assert genes.astype(object).tolist() == ROWS
    assert not genes.isna().any()


def test_rows_are_chosen_as_in_any_frame() -> None:
    genes = column()

    assert genes[[True, False, False, True, True]].tolist() == [ROWS[0], ROWS[3], ROWS[4]]
    assert genes.iloc[[4, 0, 4]].tolist() == [ROWS[4], ROWS[0], ROWS[4]]
    assert genes.iloc[1:4:2].tolist() == [ROWS[1], ROWS[3]]
    assert genes.iloc[::-1].tolist() == ROWS[::-1]
    assert genes.iloc[[]].tolist() == []
    assert pd.concat([genes[:2], pd.Series(GeneArray.of([("Z",), ("A",)]))]).tolist() == [*ROWS[:2], ("Z",), ("A",)]
    assert genes.reindex([0, 9]).tolist() == [ROWS[0], ()]
    with pytest.raises(IndexError):
        genes.array[[5]]


def test_columns_are_equal_if_their_names_are_whatever_numbers_stand_for_them() -> None:
    other = GeneArray(np.array([0, 1, 2, 0, 1, 2, 0, 3], np.int32), np.array([0, 2, 2, 3, 5, 8]), ("B", "C", "A", "D"))

    assert pd.DataFrame({"genes": other}).equals(pd.DataFrame({"genes": column()}))
    assert (other == GeneArray.of([*ROWS[:4], ("A", "B")])).tolist() == [True] * 4 + [False]


def test_genes_come_from_lists_in_chunks() -> None:
    chunks = pa.chunked_array([[["B", "C"], []], [["A"]], [["B", "C"], ["A", "B", "D"]]], pa.list_(pa.string()))

    assert list(GeneArray.from_arrow(chunks)) == ROWS
    assert list(GeneArray.from_arrow(chunks.slice(1, 3))) == ROWS[1:4]
    assert len(GeneArray.from_arrow(pa.chunked_array([], pa.list_(pa.string())))) == 0


def test_strains_are_found_and_cut_by_their_genes() -> None:
    genes = GeneArray.of(ROWS)
    b = np.array([name == "B" for name in genes.names])

    assert genes.strains_with(b).tolist() == [True, False, False, True, True]
    assert list(genes.only(~b)) == [("C",), (), ("A",), ("C",), ("A", "D")]
    assert genes.only(~b).used() == ("A", "C", "D")
    numbers = np.array(["ABCD".index(name) + 10 for name in genes.names])
    assert genes.table(numbers).tolist() == [
        [11, 12, -1],
        [-1, -1, -1],
        [10, -1, -1],
        [11, 12, -1],
        [10, 11, 13],
    ]
    assert GeneArray.of([]).table(np.zeros(0, np.int64)).shape == (0, 0)


def test_names_are_a_sequence() -> None:
    texts = ("b", "a+b", "a", "c")
    names = StrainNames.of(texts)

    assert names == texts
    assert (len(names), names[0], names[-1], list(names[1:3])) == (4, "b", "c", ["a+b", "a"])
    assert names.take(np.array([3, 0])) == ("c", "b")
    assert names != ("b", "a+b", "a")
    assert StrainNames.of(pd.Series(texts, dtype="str")) == names
    assert StrainNames.of(names) is names
    assert names.column().tolist() == list(texts)
    assert repr(names) == "StrainNames(4: b, a+b, a, …)"
    with pytest.raises(IndexError):
        names[4]


def test_names_are_ordered_as_texts_are_in_python() -> None:
    signs = "aAzZ09+-_.é\U0001f600\uffee"
    drawn = random.Random(0)
    texts = list({"".join(drawn.choices(signs, k=drawn.randint(1, 4))) for _ in range(500)})

    assert [texts[place] for place in StrainNames.of(texts).order()] == sorted(texts)
    assert StrainNames.of(sorted(texts)).order().tolist() == list(range(len(texts)))
    assert (StrainNames.of(texts).repeated(), StrainNames.of([*texts, texts[0], texts[0]]).repeated()) == (0, 2)
    assert StrainNames.of(["a", "b", "b", "c"]).repeated() == 1


def test_a_hundred_thousand_strains_take_no_object_each() -> None:
    pairs = pa.chunked_array([[[f"G{number % 500}", f"H{number % 300}"] for number in range(100_000)]])
    tracemalloc.start()
    genes = GeneArray.from_arrow(pairs)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert genes.nbytes == 8 * 100_001 + 4 * 200_000
    assert kept < 2 * genes.nbytes
