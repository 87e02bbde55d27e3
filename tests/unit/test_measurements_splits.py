"""Kinds of splits: what is in which part by hand, that nothing leaks, and that a planted leak is found."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dcell_graph.errors import Conflict, InputError, NotFound
from dcell_graph.measurements.dataset import Dataset
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.leaks import check_leaks
from dcell_graph.measurements.selection import select
from dcell_graph.measurements.split_kinds import PARTS, TEST, TRAIN, UNUSED, VALIDATION, SplitConfig, divide_strains
from dcell_graph.measurements.split_store import list_splits, load_split, make_split, remove_split
from dcell_graph.measurements.splits import random_split
from dcell_graph.measurements.storage import import_tables, read_dataset

GENES = [f"YAL{number:03d}C" for number in range(20)]
HEADER = (
    "Query Strain ID\tArray Strain ID\tAdjusted genetic interaction score (epsilon or tau)\tP-value\t"
    "Double/triple mutant fitness\tDouble/triple mutant fitness standard deviation\n"
)


def strains(
    genes: Sequence[tuple[str, ...]], query: list[int] | None = None, files: list[int] | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "strain": ["+".join(some) for some in genes],
            "genes": pd.Series(list(genes), dtype="object"),
            "query": [0] * len(genes) if query is None else query,
            "files": [1] * len(genes) if files is None else files,
        }
    )


def all_pairs() -> pd.DataFrame:
    pairs = list(combinations(GENES, 2))
    return strains(pairs, query=[1 + place % 3 for place in range(len(pairs))])


def parts(frame: pd.DataFrame, **options: object) -> dict[str, str]:
    divided = divide_strains(frame, SplitConfig(**options))  # type: ignore[arg-type]
    return dict(zip(frame["strain"], np.array(PARTS)[divided.parts].tolist(), strict=True))


def bring_in(tmp_path: Path, text: str, name: str = "some") -> Path:
    path = tmp_path / f"{name}.txt"
    path.write_text(text, encoding="utf-8")
    import_tables([path], Request(), datasets=tmp_path / "datasets", name=name)
    return tmp_path / "datasets" / name


def as_dcell(frame: pd.DataFrame) -> str:
    return "".join(f"2 {name.replace('+', ' ')} {place / 100}\n" for place, name in enumerate(frame["strain"]))


def held_out(frame: pd.DataFrame, **options: object) -> tuple[set[str], set[str]]:
    found = divide_strains(frame, SplitConfig(**options)).held_out  # type: ignore[arg-type]
    return set(found["validation"]), set(found["test"])


def test_a_random_split_is_the_one_of_training(tmp_path: Path) -> None:
    frame = all_pairs()
    split = random_split(frame["strain"].tolist(), seed=3)
    found = divide_strains(frame, SplitConfig(kind="random", seed=3)).parts
    for part, positions in ((TRAIN, split.train), (VALIDATION, split.validation), (TEST, split.test)):
        assert np.flatnonzero(found == part).tolist() == positions.tolist()


@pytest.mark.parametrize("kind", ["one-gene-new", "all-genes-new"])
def test_held_out_genes(kind: str) -> None:
    frame = all_pairs()
    found = parts(frame, kind=kind, seed=1, fractions=(0.5, 0.2, 0.3))
    validation, test = held_out(frame, kind=kind, seed=1, fractions=(0.5, 0.2, 0.3))
    assert (len(validation), len(test)) == (4, 6)

    def expected(genes: list[str]) -> str:
        new, newer = sum(gene in validation for gene in genes), sum(gene in test for gene in genes)
        if new + newer == 0:
            return "train"
        if kind == "one-gene-new":
            return {(1, 0): "validation", (0, 1): "test"}.get((new, newer), "unused")
        return {(2, 0): "validation", (0, 2): "test"}.get((new, newer), "unused")

    assert found == {name: expected(name.split("+")) for name in frame["strain"]}
    counts = {part: list(found.values()).count(part) for part in PARTS}
    # Of 10, 4 and 6 genes: 45 pairs of the first, 4 x 10 and 6 x 10 across, 6 and 15 within, 24 between the others.
    of_one = {"train": 45, "validation": 40, "test": 60, "unused": 45}
    of_all = {"train": 45, "validation": 6, "test": 15, "unused": 124}
    assert counts == (of_one if kind == "one-gene-new" else of_all)


def test_held_out_genes_of_strains_with_one_and_three_genes() -> None:
    frame = strains([("A",), ("B",), ("A", "B", "C"), ("A", "B"), ("C",), ("B", "C", "D"), ("D",)])
    for seed in range(20):
        options: dict[str, Any] = {"seed": seed, "fractions": (0.5, 0, 0.5)}
        _, test = held_out(frame, kind="one-gene-new", **options)
        assert len(test) == 2
        one, every = (parts(frame, kind=kind, **options) for kind in ("one-gene-new", "all-genes-new"))
        for name in frame["strain"]:
            new = len(set(name.split("+")) & test)
            assert one[name] == ("train" if new == 0 else "test" if new == 1 else "unused")
            assert every[name] == ("train" if new == 0 else "test" if new == len(name.split("+")) else "unused")


def test_held_out_query_genes() -> None:
    # A crossed with B, C and D; B with C and A (both ways round); C+D with A; F was crossed by nobody's query.
    frame = strains(
        [("A", "B"), ("A", "C"), ("A", "D"), ("B", "C"), ("A", "C", "D"), ("F",)],
        query=[0b11, 0b01, 0b01, 0b01, 0b110, 0],
    )
    for seed in range(20):
        options: dict[str, Any] = {"kind": "query-genes", "seed": seed, "fractions": (0.5, 0.25, 0.25)}
        validation, test = held_out(frame, **options)
        assert (len(validation), len(test)) == (1, 1)
        assert "F" not in validation | test
        queries = {"A+B": "AB", "A+C": "A", "A+D": "A", "B+C": "B", "A+C+D": "CD", "F": ""}
        for name, part in parts(frame, **options).items():
            new, newer = set(queries[name]) & validation, set(queries[name]) & test
            assert part == ("unused" if new and newer else "validation" if new else "test" if newer else "train")
    with pytest.raises(InputError, match="does not say which genes are those of the query"):
        parts(strains([("A", "B")]), kind="query-genes")


def test_folds_are_the_test_part_once_each() -> None:
    frame = all_pairs()
    for kind in ("random", "one-gene-new"):
        tested = [
            {name for name, part in parts(frame, kind=kind, folds=5, fold=fold, seed=2).items() if part == "test"}
            for fold in range(5)
        ]
        if kind == "random":
            assert [len(some) for some in tested] == [38] * 5
            assert len(set.union(*tested)) == 190
        genes = [held_out(frame, kind="one-gene-new", folds=5, fold=fold, seed=2)[1] for fold in range(5)]
        assert sorted(gene for some in genes for gene in some) == GENES
    # A tenth of the 152 strains that are left is for validation.
    assert list(parts(frame, kind="random", folds=5).values()).count("validation") == 15


def test_a_split_by_file_drops_what_is_on_both_sides() -> None:
    frame = strains(
        [("A", "B"), ("A", "C"), ("B", "C"), ("C", "D"), ("D", "E")], files=[0b001, 0b011, 0b110, 0b100, 0b1000]
    )
    found = parts(frame, kind="files", files={0: "train", 1: "train", 2: "test"})
    assert found == {"A+B": "train", "A+C": "train", "B+C": "unused", "C+D": "test", "D+E": "unused"}


@pytest.mark.parametrize("kind", ["random", "one-gene-new", "all-genes-new", "query-genes", "files"])
def test_no_kind_leaks_and_the_order_of_strains_plays_no_part(kind: str) -> None:
    frame = all_pairs()
    frame["files"] = [1 + place % 3 for place in range(len(frame))]
    files = {0: "train", 1: "test"} if kind == "files" else {}
    options: dict[str, Any] = {"kind": kind, "seed": 5, "fractions": (0.6, 0.2, 0.2), "files": files}
    config = SplitConfig(**options)
    check_leaks(frame, divide_strains(frame, config).parts, kind)
    shuffled = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    assert parts(shuffled, **options) == parts(frame, **options)
    if kind != "files":
        assert parts(frame, **{**options, "seed": 6}) != parts(frame, **options)


@pytest.mark.parametrize("kind", ["random", "one-gene-new", "all-genes-new", "query-genes", "files"])
def test_a_planted_genotype_in_another_order_is_found(kind: str) -> None:
    frame = strains([("A", "B"), ("C", "D"), ("B", "A")], query=[1, 1, 1])
    with pytest.raises(InputError, match=r"leaks: A\+B is in several parts: found test and train"):
        check_leaks(frame, np.array([TRAIN, UNUSED, TEST], np.int8), kind)
    check_leaks(frame, np.array([TRAIN, UNUSED, UNUSED], np.int8), kind)


@pytest.mark.parametrize("kind", ["one-gene-new", "all-genes-new", "query-genes"])
def test_planted_genes_are_found(kind: str) -> None:
    frame = all_pairs()
    good = divide_strains(frame, SplitConfig(kind=kind, seed=5, fractions=(0.6, 0.2, 0.2)))  # type: ignore[arg-type]
    choose = random.Random(0)
    tested = np.flatnonzero(good.parts == TEST).tolist()
    for victim in choose.sample(tested, 3):
        name = frame["strain"][victim]
        planted = good.parts.copy()
        if kind == "query-genes":
            # Another strain with the same query goes over to training.
            bits = [gene for bit, gene in enumerate(name.split("+")) if frame["query"][victim] >> bit & 1]
            new = [gene for gene in bits if gene in good.held_out["test"]]
            frame = pd.concat([frame, strains([(new[0], "ZZZ")], query=[1])], ignore_index=True)
            planted = np.append(planted, np.int8(TRAIN))
        else:
            new = [gene for gene in name.split("+") if gene in good.held_out["test"]]
            planted[
                next(place for place, other in enumerate(frame["strain"]) if new[0] in other and place != victim)
            ] = TRAIN
        with pytest.raises(InputError, match=f"leaks: .* its genes are not new as the kind {kind} promises"):
            check_leaks(frame, planted, kind)
        frame = all_pairs()


@pytest.mark.parametrize("kind", ["one-gene-new", "all-genes-new", "query-genes"])
def test_genes_of_the_validation_part_are_not_new_in_the_test(kind: str) -> None:
    frame = strains([("A", "B"), ("C", "D"), ("C", "E")], query=[1, 1, 1])
    planted = np.array([TRAIN, VALIDATION, TEST], np.int8)
    if kind == "one-gene-new":
        check_leaks(frame, planted, kind)  # E is new
        frame = strains([("A", "B"), ("C", "D"), ("B", "C")])
    with pytest.raises(InputError, match=r"leaks: [BC]\+[CE] is for test, .*found .*C.* in earlier parts"):
        check_leaks(frame, planted, kind)


def test_a_split_is_stored_with_its_dataset_and_read_back(tmp_path: Path) -> None:
    frame = all_pairs()
    folder = bring_in(tmp_path, as_dcell(frame))
    config = SplitConfig(kind="one-gene-new", seed=4, fractions=(0.6, 0.2, 0.2))
    made = make_split(folder, "new", config)
    back = load_split(folder, "new")

    assert back.manifest == made
    assert list_splits(folder) == [made]
    assert dict(zip(back.strains, np.array(PARTS)[back.parts], strict=True)) == parts(
        frame, kind="one-gene-new", seed=4, fractions=(0.6, 0.2, 0.2)
    )
    assert made.counts == {part: int((back.parts == code).sum()) for code, part in enumerate(PARTS)}
    assert read_dataset(folder).manifest.dataset_id == made.dataset_id
    assert sorted(path.name for path in (folder / "splits" / "new").iterdir()) == ["manifest.json", "strains.parquet"]

    before = (folder / "splits" / "new" / "manifest.json").stat().st_mtime_ns
    assert make_split(folder, "new", config) == made
    assert (folder / "splits" / "new" / "manifest.json").stat().st_mtime_ns == before
    with pytest.raises(Conflict, match="has another split new: expected random, seed 0, found one-gene-new, seed 4"):
        make_split(folder, "new", SplitConfig(kind="random"))
    remove_split(folder, "new")
    assert list_splits(folder) == []
    with pytest.raises(NotFound, match="has no split new: found none"):
        load_split(folder, "new")


def test_the_table_may_come_in_any_order(tmp_path: Path) -> None:
    frame = all_pairs()
    there = bring_in(tmp_path, as_dcell(frame), "there")
    lines = as_dcell(frame).splitlines()
    turned = [" ".join([count, b, a, value]) for count, a, b, value in (line.split() for line in lines[::-1])]
    back = bring_in(tmp_path, "\n".join(turned), "back")
    config = SplitConfig(kind="all-genes-new", seed=9)
    first, second = (make_split(folder, "s", config) for folder in (there, back))
    assert first == second
    assert (there / "splits/s/strains.parquet").read_bytes() == (back / "splits/s/strains.parquet").read_bytes()


def test_splits_that_cannot_be(tmp_path: Path) -> None:
    folder = bring_in(tmp_path, as_dcell(all_pairs()))
    for config, message in [
        (SplitConfig(kind="random", seed=-1), "seed of a split cannot be negative"),
        (SplitConfig(kind="random", fractions=(0.5, 0.1, 0.1)), "add up to 1"),
        (SplitConfig(kind="random", folds=1), "no such fold"),
        (SplitConfig(kind="random", folds=5, fold=5), "found fold 5 of 5"),
        (SplitConfig(kind="files"), "named for a split by file"),
        (SplitConfig(kind="random", files={0: "train"}), "named for a split by file"),
        (SplitConfig(kind="other"), "no such kind of split"),  # type: ignore[arg-type]
        (SplitConfig(kind="random", fractions=(0.9, 0.1, 0)), "a part without strains.*0 test"),
        (SplitConfig(kind="query-genes"), "does not say which genes"),
    ]:
        with pytest.raises(InputError, match=message):
            make_split(folder, "some", config)
    with pytest.raises(InputError, match="cannot be the name of a split"):
        make_split(folder, "../some", SplitConfig(kind="random"))
    assert not (folder / "splits").exists()


def test_damaged_splits_and_splits_of_other_datasets_are_noticed(tmp_path: Path) -> None:
    folder = bring_in(tmp_path, as_dcell(all_pairs()))
    make_split(folder, "some", SplitConfig(kind="random"))
    place = folder / "splits" / "some"
    table = (place / "strains.parquet").read_bytes()
    (place / "strains.parquet").write_bytes(table[:-1])
    with pytest.raises(InputError, match="damaged"):
        load_split(folder, "some")
    (place / "strains.parquet").write_bytes(table)
    content = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    changes: list[tuple[dict[str, Any], str]] = [
        ({"dataset_id": "0" * 64}, "split is of another dataset"),
        ({"version": 2}, "split has a format version"),
        ({"counts": 1}, "entry counts"),
    ]
    for change, message in changes:
        (place / "manifest.json").write_text(json.dumps(content | change), encoding="utf-8")
        with pytest.raises(InputError, match=message):
            load_split(folder, "some")


def dataset_and_split(tmp_path: Path, kind: str, text: str) -> tuple[Dataset, Path]:
    folder = bring_in(tmp_path, text)
    make_split(folder, "s", SplitConfig(kind=kind, seed=1, fractions=(0.5, 0.1, 0.4)))  # type: ignore[arg-type]
    return read_dataset(folder), folder


def test_a_split_divides_what_a_snapshot_can_show(tmp_path: Path) -> None:
    dataset, folder = dataset_and_split(tmp_path, "one-gene-new", as_dcell(all_pairs()))
    split = load_split(folder, "s")
    chosen = select(dataset, GENES[:12])
    divided = split.divide(chosen)
    names = chosen.strains["strain"]
    stored = dict(zip(split.strains, split.parts, strict=True))
    for part, positions in ((TRAIN, divided.train), (VALIDATION, divided.validation), (TEST, divided.test)):
        assert positions.tolist() == [place for place, name in enumerate(names) if stored[name] == part]
    assert len(divided.train) > 0
    other = bring_in(tmp_path, "2 X1 X2 1\n", "other")
    with pytest.raises(InputError, match=r"split s is of another dataset: found 1 strains .* X1\+X2"):
        split.divide(select(read_dataset(other), ["X1", "X2"]))


def test_strains_of_two_parts_that_turn_out_to_be_one_are_in_none(tmp_path: Path) -> None:
    rows = [f"2 YAL00{n}C YAL01{n}C {n}" for n in range(8)] + [f"2 AL{n} YAL01{n}C {n}" for n in range(8)]
    dataset, folder = dataset_and_split(tmp_path, "random", "\n".join(rows))
    split = load_split(folder, "s")
    chosen = select(dataset, GENES, names={f"AL{n}": f"YAL00{n}C" for n in range(8)})
    assert (len(chosen.strains), chosen.merged, len(chosen.renamed)) == (8, 8, 8)
    assert chosen.renamed["YAL000C+YAL010C"] == ("AL0+YAL010C", "YAL000C+YAL010C")
    stored = dict(zip(split.strains, split.parts.tolist(), strict=True))
    divided = split.divide(chosen)
    expected: dict[int, list[int]] = {TRAIN: [], VALIDATION: [], TEST: []}
    for n in range(8):
        both = {stored[f"AL{n}+YAL01{n}C"], stored[f"YAL00{n}C+YAL01{n}C"]}
        if len(both) == 1:
            expected[both.pop()].append(n)
    assert [divided.train.tolist(), divided.validation.tolist(), divided.test.tolist()] == list(expected.values())
    assert 0 < sum(map(len, expected.values())) < 8


def test_genes_that_turn_out_to_be_one_are_a_leak(tmp_path: Path) -> None:
    # No strain has a gene of the first ten and one of the others.
    pairs = [*combinations(GENES[:10], 2), *combinations(GENES[10:], 2)]
    dataset, folder = dataset_and_split(tmp_path, "all-genes-new", "".join(f"2 {a} {b} 1\n" for a, b in pairs))
    split = load_split(folder, "s")
    split.divide(select(dataset, GENES))

    def one_of(part: int, genes: list[str]) -> str:
        names = split.strains[split.parts == part]
        return next(gene for gene in genes if any(gene in name for name in names))

    tested, trained = one_of(TEST, GENES[:10]), one_of(TRAIN, GENES[10:])
    chosen = select(dataset, [gene for gene in GENES if gene != trained], names={trained: tested})
    assert chosen.merged == 0
    with pytest.raises(InputError, match=f"leaks.*found .*{tested}.* in earlier parts"):
        split.divide(chosen)


def test_query_genes_follow_their_gene_to_its_other_name(tmp_path: Path) -> None:
    row = "{}_sn1\t{}_dma1\t0.1\t0.5\t0.9\t0.1\n"
    text = HEADER + row.format("ZZ9", "AA1") + row.format("BB2", "CC3") + row.format("AA1", "DD4")
    dataset = read_dataset(bring_in(tmp_path, text))
    assert dict(zip(dataset.strains["strain"], dataset.strains["query"], strict=True))["AA1+ZZ9"] == 2
    chosen = select(dataset, ["AA0", "AA1", "BB2", "CC3", "DD4"], names={"ZZ9": "AA0"})
    found = dict(zip(chosen.strains["strain"], chosen.strains["query"], strict=True))
    assert found == {"AA0+AA1": 1, "AA1+DD4": 1, "BB2+CC3": 1}
