"""Tables of any length: the same result in parts as at once, exact accounts of mangled files, memory that is flat."""

from __future__ import annotations

import gzip
import math
import random
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcell_graph.errors import FileRefused
from dcell_graph.measurements import batch, blocks, gathering, ledger, spool
from dcell_graph.measurements.blocks import read_blocks
from dcell_graph.measurements.gathering import Request
from dcell_graph.measurements.readers import Measurements, read_measurements
from dcell_graph.measurements.storage import finding_tables, import_tables, read_dataset, read_findings
from dcell_graph.sources.text import read_lines
from tests.measured_tables import PAIRWISE_HEADER, account, mangled_row


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


def read(path: Path, table_format: str = "sga-pairwise", phenotype: str = "fitness", **options: object) -> Measurements:
    return read_measurements(path, source_format=table_format, phenotype=phenotype, **options)  # type: ignore[arg-type]


def in_small_parts(patch: pytest.MonkeyPatch) -> None:
    """Blocks of some lines, parts of some rows and ranges of some remarks."""
    patch.setattr(blocks, "_BLOCK_BYTES", 300)
    patch.setattr(blocks, "_BLOCK_LINES", 3)
    patch.setattr(gathering, "Spool", lambda place: spool.Spool(place, rows_a_part=4))
    patch.setattr(gathering, "Ledger", lambda place: ledger.Ledger(place, rows_a_range=5))


@settings(max_examples=100)
@given(lines=st.lists(mangled_row(), max_size=14), ends=st.booleans())
def test_mangled_tables_load_with_an_exact_account_or_are_refused_whole(
    folder: Path, lines: list[bytes], ends: bool
) -> None:
    content = b"\n".join([PAIRWISE_HEADER.encode(), *lines]) + (b"\n" if ends else b"")
    path = folder / "mangled.txt"
    path.write_bytes(content)
    expected = account(content)
    with pytest.MonkeyPatch.context() as patch:
        in_small_parts(patch)
        if not expected.values:
            with pytest.raises(FileRefused, match=r"mangled\.txt"):
                read(path)
            return
        found = read(path)
    lines_of = {
        outcome: [item.line for item in found.findings if item.outcome == outcome] for outcome in ("refused", "merged")
    }
    assert lines_of == {"refused": expected.refused, "merged": expected.merged}
    assert found.rows_read == len(expected.rows) == found.used + found.merged + found.refused
    assert [tuple(genes) for genes in found.strains["genes"]] == sorted(expected.values)
    for genes, value, sd in zip(found.strains["genes"], found.strains["phenotype"], found.strains["sd"], strict=True):
        assert value == pytest.approx(expected.mean(genes), rel=1e-12, abs=1e-12)
        wanted = expected.sd(genes)
        assert math.isnan(sd) if wanted is None else sd == pytest.approx(wanted, rel=1e-9)


@settings(max_examples=30)
@given(lines=st.lists(mangled_row(), min_size=1, max_size=12))
def test_plain_rows_are_read_together_as_they_are_one_by_one(folder: Path, lines: list[bytes]) -> None:
    path = folder / "rows.txt"
    good = b"YAL008W_sn1\ta\tYAL009W_dma1\ta\tDMA30\t0.5\t0.5\t1\t1\t0.5\t0.5"
    path.write_bytes(b"\n".join([PAIRWISE_HEADER.encode(), good, *lines]))
    together = read(path)

    def none_plain(reader: batch.BatchReader, block: blocks.Block) -> tuple[object, ...]:
        empty = np.zeros(0)
        return np.zeros(len(block.texts), np.bool_), np.zeros((0, 1), np.int64), empty, empty

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch.BatchReader, "_read_plain", none_plain)
        alone = read(path)
    assert alone.strains.equals(together.strains)
    assert alone.findings == together.findings


def test_good_rows_do_not_go_one_by_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "good.txt"
    row = "YAL001C_sn1\ta\tYAL{:03d}W_dma1\ta\tDMA30\t0.5\t0.5\t1\t1\t-0.5\t0.5\n"
    path.write_text(PAIRWISE_HEADER + "\n" + "".join(row.format(n) for n in range(2, 50)), encoding="utf-8")

    def never(*_: object) -> None:
        raise AssertionError("a plain row is read by itself")

    monkeypatch.setattr(batch, "usable", never)
    assert read(path).used == 48


@pytest.mark.parametrize("limit", [None, 7])
@pytest.mark.parametrize("repeats", ["average", "first", "drop"])
def test_in_parts_as_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch, limit: int | None, repeats: str) -> None:
    choose = random.Random(1)
    genes = ["A", "A!", "A-B", "A(1)", "B", "B#", "Ä", "é", "Z", "ZZ"]
    rows = [
        f"{count} {' '.join(choose.sample(genes, count))} {choose.choice(['0.5', '0.25', 'nan', '1e-3'])}"
        for count in (choose.choice([1, 2, 2, 3]) for _ in range(300))
    ]
    path = folder / "odd.txt"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    whole = read(path, "dcell", "score", limit=limit, repeats=repeats)
    in_small_parts(monkeypatch)
    parts = read(path, "dcell", "score", limit=limit, repeats=repeats)

    assert parts.strains.equals(whole.strains)
    assert parts.findings == whole.findings
    assert (parts.rows_read, parts.merged, parts.left_out) == (300, whole.merged, whole.left_out)
    assert whole.used + whole.merged + whole.refused + whole.left_out == 300
    # Names are texts like any other: with genes called A! and A(1), the order of names is not that of the genes.
    names = whole.strains["strain"].tolist()
    assert all(first < second for first, second in pairwise(names))
    assert [item.line for item in whole.findings] == sorted(item.line or 0 for item in whole.findings)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"one",
        b"one\n",
        b"\xef\xbb\xbfone\r\ntwo\r\n\r\n# c\r\nthree",
        b"one\n\xff\xfe\ntwo\n \n#\xff\nthree \n",
        b"a" * 700 + b"\nb\n" + b"c" * 301,
        b"\n\n\nx\n\n",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_blocks_have_the_lines_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, packed: bool
) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 8)
    path = tmp_path / "text"
    path.write_bytes(gzip.compress(content) if packed else content)
    expected = [line for line in read_lines(path) if line.text.strip(" ") and not line.text.startswith("#")]
    found = [
        (int(number), text, place in block.damaged)
        for block in read_blocks(path, None)
        for place, (number, text) in enumerate(zip(block.numbers, block.texts, strict=True))
    ]
    assert found == [tuple(line) for line in expected]


def test_damaged_compressed_data_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.gz"
    rows = "".join(f"2 YAL{n % 999:03d}C YBL{n % 997:03d}W 0.5\n" for n in range(20_000))
    path.write_bytes(gzip.compress(rows.encode())[:-200])
    with pytest.raises(FileRefused, match=r"table\.gz: the gzip data are damaged"):
        import_tables([path], Request(), datasets=tmp_path / "home" / "datasets", name="some")
    assert list(tmp_path.iterdir()) == [path]


def test_several_files_are_one_dataset_that_knows_which_row_was_where(tmp_path: Path) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_text("2 A B 1\n2 A C nan\n2 A D 4\n", encoding="utf-8")
    second.write_text("# x\n2 B A 2\n2 E F 5\n2 E F 6\n", encoding="utf-8")
    manifest = import_tables([first, second], Request(), datasets=tmp_path / "datasets", name="both")
    dataset = read_dataset(tmp_path / "datasets" / "both")

    assert [source.path for source in manifest.sources] == [str(first), str(second)]
    assert dataset.strains["strain"].tolist() == ["A+B", "A+D", "E+F"]
    assert dataset.strains["files"].tolist() == [3, 1, 2]
    assert dataset.strains["phenotype"].tolist() == [1.5, 4.0, 5.5]
    counts = manifest.counts
    assert (counts.rows_read, counts.strains, counts.merged, counts.refused, counts.genes) == (6, 3, 2, 1, 5)
    dropped = read_findings(tmp_path / "datasets" / "both")
    assert dropped[["file", "line", "outcome"]].values.tolist() == [
        [str(first), 2, "refused"],
        [str(second), 2, "merged"],
        [str(second), 4, "merged"],
    ]
    assert f"stands in line 1 of {first} already" in dropped["text"][1]
    assert "stands in line 3 already" in dropped["text"][2]
    alone = import_tables([first], Request(), datasets=tmp_path / "datasets", name="one")
    assert alone.dataset_id != manifest.dataset_id


def test_memory_does_not_grow_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 1 << 15)
    monkeypatch.setattr(gathering, "Spool", lambda place: spool.Spool(place, rows_a_part=1_000))
    monkeypatch.setattr(gathering, "Ledger", lambda place: ledger.Ledger(place, rows_a_range=1_000))

    def peak(rows: int) -> int:
        """Bytes that Python, NumPy and Arrow had at most."""
        path = tmp_path / "table.txt"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(
                f"2 YAL{n % 499:03d}C YBL{n % 500:03d}W {'nan' if n % 9 == 0 else '0.5'}\n" for n in range(rows)
            )
        arrow = pa.default_memory_pool()
        before = arrow.bytes_allocated()
        tracemalloc.start()
        try:
            most = 0

            def watch(step: str, done: int, total: int | None) -> None:
                nonlocal most
                most = max(most, arrow.bytes_allocated() - before)

            import_tables([path], Request(), datasets=tmp_path / str(rows), name="some", progress=watch)
            return most + tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1_000)  # what is imported and compiled once
    few, many = peak(6_000), peak(24_000)
    assert sum(table.num_rows for table in finding_tables(tmp_path / "24000" / "some")) > 2_500
    assert many < 1.3 * few
