"""Pairwise tables of Costanzo et al. 2016, plain and in an archive, whole and as a sample; counted by hand."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcell_graph.cli.dataset import TableFormat, app
from dcell_graph.errors import FileRefused, InputError
from dcell_graph.measurements.dataset import make_dataset
from dcell_graph.measurements.formats import FORMATS
from dcell_graph.measurements.readers import Measurements, read_measurements
from dcell_graph.measurements.storage import import_dataset, read_dataset, read_manifest

HEADER = (
    "Query Strain ID\tQuery allele name\tArray Strain ID\tArray allele name\tArraytype/Temp\t"
    "Genetic interaction score (ε)\tP-value\tQuery single mutant fitness (SMF)\tArray SMF\tDouble mutant fitness\t"
    "Double mutant fitness standard deviation\n"
)
# Lines 2 to 11. YAL001C with YBL007C stands there three times: both ways round and with another allele.
ROWS = """\
YAL001C_sn1 a YBL007C_dma91 b DMA30 0.1 0.5 0.9 1.0 0.8 0.03
YBL007C_sn91 b YAL001C_dma1 a DMA30 0.2 0.5 1.0 0.9 0.9 0.04
YBR282W_S253 a-supp1 YFL034C-B_tsa609 b-11 TSA26 -0.5 0.001 - 1.0 0.3 0.02
YAL001C_tsq2 a-1 YBL007C_dma91 b DMA26 0.3 0.5 0.9 1.0 0.7 0.12
YAL001C_sn1 a YAL001C_dma1 a DMA30 0.1 0.5 0.9 0.9 0.7 0.03
YAL001C_sn1 a YCR010C_dma5 c DMA30 NaN 0.5 0.9 1.0 0.9 0.03
YAL001C_sn1 a YCR011C_dma6 d DMA30 - 0.5 0.9 1.0 - -
YDL227C_sn7 ho YCR012C_dma8 e DMA30 0.01 0.5 1.0 1.0 1.01 -
YAL001C a YCR013C_dma9 f DMA30 0.1 0.5 0.9 1.0 0.9 0.03
YAL001C_sn1 a YCR014C_dma9 f DMA30 0.1 0.5 0.9 1.0 0.9
"""
MEMBER = "SGA_NxN.txt"


def table(rows: str = ROWS) -> str:
    return HEADER + "".join(
        "\t".join("" if field == "-" else field for field in row.split(" ")) + "\n" for row in rows.splitlines()
    )


def write(folder: Path, text: str | None = None) -> Path:
    path = folder / "table.txt"
    path.write_text(table() if text is None else text, encoding="utf-8")
    return path


def archive(folder: Path, members: dict[str, str], name: str = "file.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as packed:
        for member, text in members.items():
            packed.writestr(member, text)
    return folder / name


def read(path: Path, **options: object) -> Measurements:
    return read_measurements(path, source_format="sga-pairwise", **options)  # type: ignore[arg-type]


def values(found: Measurements, column: str = "phenotype") -> dict[str, float]:
    return dict(zip(found.strains["strain"], found.strains[column], strict=True))


def refused(found: Measurements) -> dict[int | None, str]:
    return {item.line: item.reason for item in found.findings if item.outcome == "refused"}


def accounted(found: Measurements) -> bool:
    return found.rows_read == found.used + found.merged + found.refused + found.left_out


def test_scores(tmp_path: Path) -> None:
    found = read(write(tmp_path))

    assert found.phenotype == "score"
    assert values(found) == {
        "YAL001C+YBL007C": pytest.approx(0.2),
        "YBR282W+YFL034C-B": -0.5,
        "YCR012C+YDL227C": 0.01,
    }
    assert values(found, "count") == {"YAL001C+YBL007C": 3, "YBR282W+YFL034C-B": 1, "YCR012C+YDL227C": 1}
    assert found.strains["sd"].isna().all()
    assert refused(found) == {6: "self pair", 7: "not a number", 8: "empty", 10: "strain id", 11: "columns"}
    assert (found.rows_read, found.used, found.merged, found.refused, found.left_out) == (10, 3, 2, 5, 0)
    assert (found.repeated, found.conflicting) == (1, 1)


def test_fitness_with_its_standard_deviation(tmp_path: Path) -> None:
    found = read(write(tmp_path), phenotype="fitness")

    assert values(found) == {
        "YAL001C+YBL007C": pytest.approx(0.8),
        "YAL001C+YCR010C": 0.9,
        "YBR282W+YFL034C-B": 0.3,
        "YCR012C+YDL227C": 1.01,
    }
    deviations = values(found, "sd")
    # Three independent measurements: sqrt(0.03^2 + 0.04^2 + 0.12^2) / 3 = 0.13 / 3.
    assert deviations["YAL001C+YBL007C"] == pytest.approx(0.13 / 3)
    assert deviations["YBR282W+YFL034C-B"] == 0.02
    assert deviations["YCR012C+YDL227C"] != deviations["YCR012C+YDL227C"]
    assert refused(found) == {6: "self pair", 8: "empty", 10: "strain id", 11: "columns"}
    assert accounted(found)


@pytest.mark.parametrize("name", ["Query Strain ID", "Array Strain ID", "Genetic interaction score (ε)"])
def test_a_header_without_a_needed_column_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileRefused, match=r"not the header of a sga-pairwise table.*Double mutant fitness standard"):
        read(write(tmp_path, table().replace(name, "other")))


def test_tables_of_the_two_pipelines_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="not the header of a sga-trigenic table"):
        read_measurements(write(tmp_path), source_format="sga-trigenic")


def test_a_table_in_an_archive_reads_like_a_plain_one(tmp_path: Path) -> None:
    plain = read(write(tmp_path))
    packed = archive(tmp_path, {f"Data File S1/{MEMBER}": table(), "Data File S1/SGA_ExE.txt": HEADER})
    before = sorted(tmp_path.iterdir())
    found = read(packed, member=MEMBER)

    assert found.strains.equals(plain.strains)
    assert found.findings == plain.findings
    assert (found.member, plain.member) == (MEMBER, None)
    assert found.source.size == packed.stat().st_size
    assert sorted(tmp_path.iterdir()) == before


def test_other_formats_are_read_from_archives_too(tmp_path: Path) -> None:
    packed = archive(tmp_path, {"folder/": "", "folder/a.txt": "# generated-world\n2 AAA1 BBB2 0.5\n"}, "table.txt")
    found = read_measurements(packed, source_format="dcell")
    assert values(found) == {"AAA1+BBB2": 0.5}
    assert found.generated


def test_a_member_of_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"table\.txt: only a zip archive has members.*SGA_NxN\.txt"):
        read(write(tmp_path), member=MEMBER)


def numbered(strains: int) -> list[str]:
    """Rows of different strains; the score of strain n is n / 1000, and every third has a second row with 0.5 more."""
    once = [f"YAL{n:03d}C_sn1 a YBL{n:03d}W_dma1 b DMA30 {n / 1000} 0.5 - 1.0 0.8 0.03" for n in range(strains)]
    twice = [row.replace(f" {n / 1000} ", f" {n / 1000 + 0.5} ") for n, row in enumerate(once) if n % 3 == 0]
    return once + twice


def test_a_sample_does_not_depend_on_the_order_and_averages_every_repeat(tmp_path: Path) -> None:
    rows = numbered(60)  # 80 rows
    bad = "YAL001C_sn1 a YAL001C_dma1 a DMA30 0.1 0.5 0.9 0.9 0.7 0.03"
    whole = values(read(write(tmp_path, table("\n".join(rows)))))
    found = read(write(tmp_path, table("\n".join([*rows, bad]))), limit=12, seed=3)
    turned = read(write(tmp_path, table("\n".join([bad, *rows[::-1]]))), limit=12, seed=3)

    assert found.used == 12
    sampled = values(found)
    assert sampled.items() <= whole.items()
    numbers = [int(name[3:6]) for name in sampled]
    assert [sampled[name] for name in sampled] == pytest.approx([n / 1000 + (0 if n % 3 else 0.25) for n in numbers])
    assert found.merged == sum(n % 3 == 0 for n in numbers) > 0
    assert (found.rows_read, found.refused) == (81, 1)
    assert found.left_out == 80 - 12 - found.merged
    assert turned.strains.equals(found.strains)
    assert (turned.rows_read, turned.merged, turned.left_out) == (81, found.merged, found.left_out)
    assert values(read(write(tmp_path, table("\n".join(rows))), limit=12, seed=4)) != sampled


def test_a_limit_that_is_not_reached_changes_nothing(tmp_path: Path) -> None:
    whole, limited = read(write(tmp_path)), read(write(tmp_path), limit=3)
    assert limited.strains.equals(whole.strains)
    assert limited.findings == whole.findings
    assert limited.left_out == 0


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(InputError, match="limit of a sample"):
        read(write(tmp_path), limit=limit)


def test_the_manifest_tells_member_and_sample(tmp_path: Path) -> None:
    packed = archive(tmp_path, {f"a/{MEMBER}": table("\n".join(numbered(60)))})
    made = import_dataset(
        packed,
        datasets=tmp_path / "datasets",
        name="some",
        source_format="sga-pairwise",
        member=MEMBER,
        limit=12,
        seed=3,
    )
    back = read_dataset(tmp_path / "datasets" / "some").manifest
    assert back == made.manifest
    assert back.source.member == MEMBER
    assert back.sample is not None
    assert (back.sample.limit, back.sample.seed) == (12, 3)
    counts = back.counts
    assert (counts.rows_read, counts.strains, counts.refused) == (80, 12, 0)
    assert counts.left_out == 80 - 12 - counts.merged
    assert make_dataset(read(write(tmp_path)), name="whole").manifest.sample is None


def test_a_manifest_from_before_samples_is_read(tmp_path: Path) -> None:
    import_dataset(write(tmp_path), datasets=tmp_path, name="some", source_format="sga-pairwise")
    path = tmp_path / "some" / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["sample"], content["source"]["member"], content["counts"]["left_out"]
    path.write_text(json.dumps(content), encoding="utf-8")
    back = read_manifest(path.parent)
    assert (back.sample, back.source.member, back.counts.left_out) == (None, None, 0)


def test_the_command_line_reads_a_sample_from_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "home"))
    packed = archive(tmp_path, {f"a/{MEMBER}": table("\n".join(numbered(30))), "a/b.txt": "x"})
    common = ["import", str(packed), "--format", "sga-pairwise", "--name", "some"]

    wrong = CliRunner().invoke(app, [*common, "--member", "SGA_ExE.txt"])
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (1, 1)
    assert f"the archive holds no such file: expected SGA_ExE.txt, found 'a/{MEMBER}', 'a/b.txt'" in wrong.stderr
    assert CliRunner().invoke(app, [*common, "--member", MEMBER, "--limit", "0"]).exit_code == 1
    assert not (tmp_path / "home").exists()

    done = CliRunner().invoke(app, [*common, "--member", MEMBER, "--limit", "5", "--seed", "2"])
    assert done.exit_code == 0, done.output
    manifest = read_manifest(tmp_path / "home" / "datasets" / "some")
    assert f"from {MEMBER} in {packed}" in done.stdout
    assert f"40 rows read: 5 strains, {manifest.counts.merged} repeats averaged" in done.stdout
    assert f"{35 - manifest.counts.merged} of strains outside the sample" in done.stdout
    assert "a sample of at most 5 strains, seed 2" in done.stdout


def test_the_command_line_offers_every_format() -> None:
    assert [entry.value for entry in TableFormat] == ["auto", *FORMATS]


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["SGA_NxN.txt", "SGA_ExE.txt", "SGA_ExN_NxE.txt"])
def test_real_rows_are_read_as_they_stand(mirror: Path, tmp_path: Path, name: str) -> None:
    path = mirror / "samples" / name
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert header == HEADER.rstrip("\n").split("\t")
    expected: dict[str, list[list[float]]] = {}
    for row in rows:
        genes = sorted([row[0].partition("_")[0], row[2].partition("_")[0]])
        expected.setdefault("+".join(genes), []).append([float(row[column]) for column in (5, 9, 10)])
    assert len(rows) == 50

    score, fitness = read(path), read(path, phenotype="fitness")
    for found in (score, fitness):
        assert (found.rows_read, found.refused, found.used) == (50, 0, len(expected))
        assert found.merged == 50 - len(expected)
    assert values(score) == {
        strain: pytest.approx(sum(row[0] for row in rows) / len(rows)) for strain, rows in expected.items()
    }
    single = {strain: rows[0] for strain, rows in expected.items() if len(rows) == 1}
    assert {strain: values(fitness)[strain] for strain in single} == {strain: row[1] for strain, row in single.items()}
    assert {strain: values(fitness, "sd")[strain] for strain in single} == {s: row[2] for s, row in single.items()}

    packed = archive(tmp_path, {f"S1/{part.name}": part.read_text("utf-8") for part in path.parent.glob("SGA_*.txt")})
    assert read(packed, member=name).strains.equals(score.strains)
    tenth = read(packed, member=name, limit=10)
    assert (tenth.used, tenth.rows_read) == (10, 50)
    assert values(tenth).items() <= values(score).items()
    assert accounted(tenth)
