"""Annotation files of other formats through the program: names from a GPI file, and a file under a wrong name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import FileRefused, InputError
from dcell_graph.graph import load
from dcell_graph.graph.resolution import resolved
from dcell_graph.graph.runner import Neo4jRunner
from tests.gpad_files import GPAD_2, GPI_2, gpi, row


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    annotations, names = tmp_path / "ann.gpad", tmp_path / "names.gpi"
    annotations.write_text(GPAD_2 + row(product="UniProtKB:Z90001") + "\n" + row(product="UniProtKB:Z90002") + "\n")
    names.write_text(
        GPI_2
        + gpi(product="UniProtKB:Z90001", synonyms="YPR901W", xrefs="")
        + "\n"
        + gpi(product="UniProtKB:Z90002", symbol="BBB2", synonyms="YPR902C", xrefs="")
        + "\n"
    )
    features = tmp_path / "features.tab"
    rows = [("S000990001", "YPR901W", "AAA1"), ("S000990002", "YPR902C", "BBB2")]
    features.write_text(
        "".join(
            "\t".join([number, "ORF", "Verified", name, symbol, *[""] * 11]) + "\n" for number, name, symbol in rows
        )
    )
    return annotations, names


def test_names_from_a_gpi_file_make_the_difference(runner: Neo4jRunner, files: tuple[Path, Path]) -> None:
    annotations, names = files
    load.load_genome(runner, annotations.with_name("features.tab"), name="sgd")
    load.load_annotations(runner, annotations, name="bare")
    load.load_annotations(runner, annotations, name="named", gpi=names)
    assert resolved(runner, "bare", "sgd").counts() == [("unknown", 2, 2)]
    assert resolved(runner, "named", "sgd").counts() == [("systematic name", 2, 2)]
    properties = runner.read("read/ready", kind="AnnotationFile", name="named")[0]["properties"]
    assert (properties["format"], properties["version"], properties["names_path"]) == ("GPAD", "2.0", str(names))
    assert load.load_annotations(runner, annotations, name="named", gpi=names).already


def test_a_file_under_a_wrong_name_is_refused(runner: Neo4jRunner, files: tuple[Path, Path]) -> None:
    annotations, names = files
    wrong = annotations.with_name("ann.gaf")
    annotations.rename(wrong)
    with pytest.raises(FileRefused, match=r"this is not a GAF file: expected !gaf-version, found GPAD 2\.0"):
        load.load_annotations(runner, wrong, name="wrong")
    gaf = annotations.with_name("real.gaf")
    gaf.write_text((Path(__file__).parent.parent / "cases" / "33-db-empty-fields-in-the-key" / "ann.gaf").read_text())
    with pytest.raises(InputError, match="GPI"):
        load.load_annotations(runner, gaf, name="gaf", gpi=names)
