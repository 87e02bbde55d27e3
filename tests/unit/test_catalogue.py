"""The catalogue of source files, and what a file says about itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import InputError, NotFound
from dcell_graph.sources.catalogue import Catalogue, load_catalogue
from dcell_graph.sources.content import problem_with, release_names

GAF_ROW = "SGD\tS000990001\tAAA1\t\tGO:9000002\tPMID:99000001\tIDA\t\tP\t\t\tprotein\ttaxon:559292\t20180101\tSGD\t\t\n"


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("data-version: releases/2016-12-06\ndate: 07:12:2016 02:09\n", ("2016-12-06",)),
        ("data-version: 1.1.2476\ndate: 04:01:2012 11:50\n", ("1.1.2476", "2012-01-04")),
        ("date: 01:06:2018 10:56\n", ("2018-06-01",)),
        ("data-version: generated-tiny-1\n", ("generated-tiny-1",)),
        ("ontology: go\n", ()),
    ],
)
def test_release_of_an_ontology(tmp_path: Path, header: str, names: tuple[str, ...]) -> None:
    path = tmp_path / "x.obo"
    path.write_text(f"format-version: 1.2\n{header}\n[Term]\nid: GO:1\ndata-version: 2001-01-01\n")
    assert release_names(path, "obo") == names


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("!gaf-version: 2.1\n!Generated: 2016-10-03 09:46\n", ("2016-10-03",)),
        ("!gaf-version: 2.2\n!date-generated: 2018-06-02\n!date-generated: 2018-01-01\n", ("2018-06-02",)),
        ("!gaf-version: 2.0\n!Date: 12/24/2011 $\n", ("2011-12-24",)),
        ("!gaf-version: 2.0\n", ()),
    ],
)
def test_release_of_an_annotation_file(tmp_path: Path, header: str, names: tuple[str, ...]) -> None:
    path = tmp_path / "x.gaf"
    path.write_text(header + GAF_ROW + "!date-generated: 1999-01-01\n")
    assert release_names(path, "gaf") == names
    assert problem_with(path, "gaf") is None


def test_the_shipped_catalogue_answers_to_keys_and_releases() -> None:
    shipped = load_catalogue()
    assert shipped.find("2016-12-06", "ontology").key == "go-2016-12-06"
    asked = shipped.find("2018-06-01", "ontology")
    assert asked.key == "go/2018-06-01"
    assert asked.addresses[0] == "http://release.geneontology.org/2018-06-01/ontology/go.obo"
    assert asked.must_name == "2018-06-01"
    archived = shipped.find("go-archive/2017-01-01", "ontology")
    assert archived.must_name is None
    sgd = shipped.find("sgd/2018-06-01", "annotations")
    assert sgd.addresses == ("http://release.geneontology.org/2018-06-01/annotations/sgd.gaf.gz",)
    assert shipped.find("goa-yeast-archive/80", "annotations").addresses[0].endswith("/goa_yeast.gaf.80.gz")
    assert shipped.find("2019-10-15", "annotations").key == "goa-yeast-2019-10-15"


@pytest.mark.parametrize("name", ["2018-6-1", "go/../../etc", "go/2018-06-01/..", "go-2016-12-06 ", ""])
def test_an_unknown_name_is_not_found(name: str) -> None:
    with pytest.raises(NotFound, match="go-2016-12-06"):
        load_catalogue().find(name, "ontology")


def test_an_entry_of_another_kind_is_explained() -> None:
    with pytest.raises(NotFound, match="go-2016-12-06 is of kind ontology"):
        load_catalogue().find("go-2016-12-06", "annotations")


def test_a_release_of_two_files_has_to_be_told_apart() -> None:
    one = load_catalogue().find("2016-12-06", "ontology")
    two = tuple(one.model_copy(update={"key": key}) for key in ("a", "b"))
    with pytest.raises(InputError, match="2016-12-06 is the release of several files: found a, b"):
        Catalogue(format=1, source=two).find("2016-12-06", "ontology")


OWN = """
format = 1
[[source]]
key = "go-2016-12-06"
kind = "ontology"
title = "mine"
release = "2016-12-06"
addresses = ["https://example.org/go.obo"]
licence = "none"
format = "obo"
"""


@pytest.mark.parametrize("by_variable", [True, False])
def test_an_own_catalogue_replaces_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    if by_variable:
        monkeypatch.setenv("DCELL_GRAPH_CATALOGUE", str(path))
    both = load_catalogue(None if by_variable else path)
    monkeypatch.delenv("DCELL_GRAPH_CATALOGUE", raising=False)
    assert both.find("2016-12-06", "ontology").title == "mine"
    assert len(both.source) == len(load_catalogue().source)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('kind = "ontology"', 'kind = "ontologies"'), r"entry go-2016-12-06 \(kind\) cannot be used"),
        (("https://example.org", "ftp://example.org"), r"\(addresses\).*http"),
        (('key = "go-2016-12-06"', 'key = "go/../x"'), "entry go/../x cannot be used: expected a key of lower-case"),
        (('licence = "none"', ""), r"\(licence\)"),
        (("format = 1", "format = 2"), "entry format"),
        (("format = 1", "format ="), "is not TOML"),
        (('title = "mine"', 'title = "mine"\nmirror = [{ path = "../go.obo" }]'), r"\(mirror\.0\.path\)"),
    ],
)
def test_a_wrong_own_catalogue_is_named(tmp_path: Path, change: tuple[str, str], place: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(*change, 1))
    with pytest.raises(InputError, match=place) as refused:
        load_catalogue(path)
    assert str(refused.value).startswith(str(path))


def test_a_missing_own_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.toml: the catalogue cannot be read"):
        load_catalogue(tmp_path / "no.toml")


def test_the_documentation_names_every_entry() -> None:
    page = (Path(__file__).parents[2] / "docs" / "data-sources.md").read_text()
    missing = [source.key for source in load_catalogue().source if f"`{source.key}`" not in page]
    assert missing == []
