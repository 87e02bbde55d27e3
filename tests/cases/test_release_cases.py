"""Cases 36, 51 and 53: limits of time, where a file came from, and a release that is much smaller than before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcell_graph.errors import FetchError, RecipeError
from dcell_graph.graph import load
from dcell_graph.graph.judge import judge
from dcell_graph.graph.runner import Neo4jRunner
from dcell_graph.graph.shrink import shrinkages
from dcell_graph.settings import Settings
from dcell_graph.sources.catalogue import Catalogue, Source
from dcell_graph.sources.download import Patience
from dcell_graph.sources.fetch import resolve
from dcell_graph.sources.sidecar import Sidecar, read_sidecar, sidecar_path, write_sidecar
from dcell_graph.sources.text import stamp
from tests.cases.helpers import Program, build, everything, fates, folder, genes, load_case, remarks, stored, text

RELEASE = "2018-06-01"
LIMITS = [
    ("none-2018-02-28", None, "2018-02-28", "DAY1 DAY2 DAY4 DAY5 DAY6"),
    ("none-2018-02-27", None, "2018-02-27", "DAY1 DAY4 DAY5 DAY6"),
    ("2018-02-01-2018-02-28", "2018-02-01", "2018-02-28", "DAY1 DAY2 DAY6"),
    ("none-1999-12-31", None, "1999-12-31", "DAY4"),
]
# A whole session in one process: load, build under every limit, say what is in it.
SESSION = """
import json, sys, time
from pathlib import Path
from dcell_graph.graph import load
from dcell_graph.graph.session import open_database
from dcell_graph.settings import read_settings
from tests.cases.helpers import build, genes, load_case
with open_database(read_settings()) as runner:
    load_case(runner, 36)
    limits = json.loads(sys.argv[1])
    found = {
        name: genes(build(runner, name, branches="P", until=last, asserted_from=first))["GO:9000002"]
        for name, first, last, _ in limits
    }
print(json.dumps({"genes": found, "zone": time.tzname[0]}))
"""


def test_case_36_limits_include_their_day(runner: Neo4jRunner) -> None:
    load_case(runner, 36)
    for name, first, last, expected in LIMITS:
        snapshot = build(runner, name, branches="P", asserted_from=first, until=last)
        assert genes(snapshot)["GO:9000002"] == expected, name
    with pytest.raises(RecipeError, match="the limits are the wrong way round: from 2018-03-01 until 2018-02-28"):
        build(runner, "reversed", asserted_from="2018-03-01", until="2018-02-28")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_case_36_a_date_is_no_moment(runner: Neo4jRunner, database_settings: Settings, zone: str) -> None:
    environment = os.environ | {"DCELL_GRAPH_HOME": str(database_settings.home), "TZ": zone}
    command = [sys.executable, "-c", SESSION, json.dumps(LIMITS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["zone"] == {"America/Los_Angeles": "PST", "Asia/Tokyo": "JST"}[zone]
    assert said["genes"] == {name: expected for name, _, _, expected in LIMITS}
    days = {row["symbol"]: str(row["properties"]["date"]) for row in stored(runner, "ann").values()}
    assert days == {
        "DAY1": "2018-02-27",
        "DAY2": "2018-02-28",
        "DAY3": "2018-03-01",
        "DAY4": "1999-12-31",
        "DAY5": "2018-01-31",
        "DAY6": "2018-02-09",
    }


@pytest.mark.parametrize("limit", ["20180228", "28/02/2018", "2018-2-28", "2018-02-30"])
def test_case_36_other_layouts_of_a_limit_are_refused(program: Program, runner: Neo4jRunner, limit: str) -> None:
    load_case(runner, 36)
    sentence = program.refused("snapshot", "build", "x", "--recipe", "default", "--until", limit)
    assert "is not a date of the form YYYY-MM-DD" in sentence or "there is no day 2018-02-30" in sentence


def test_case_36_dates_leave_as_iso_text(program: Program, runner: Neo4jRunner, tmp_path: Path) -> None:
    load_case(runner, 36)
    pairs = build(runner, "dates", branches="P").annotations
    days = ["1999-12-31", "2018-01-31", "2018-02-09", "2018-02-27", "2018-02-28", "2018-03-01"]
    assert sorted(pairs["first_date"]) == days
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    assert "2018-02-28" in (tmp_path / "pairs.csv").read_text()
    assert sorted(row["first_date"] for row in json.loads(pairs.to_json(orient="records"))) == days
    things = {thing["name"]: thing for thing in program("releases", "--json").json()}
    assert things["ann"]["file_date"] == "2018-06-02"
    assert "2018-06-02" in program("releases").out


def test_case_51_another_release_than_was_asked_for(program: Program, runner: Neo4jRunner) -> None:
    before = everything(runner)
    path = folder(51) / "asked-2018-06-01.obo"
    sentence = program.refused("load", "ontology", path, "--release", RELEASE)
    assert "another release than was asked for: expected 2018-06-01, found 2018-05-01" in sentence
    assert everything(runner) == before
    assert load.load_ontology(runner, path).name == "2018-05-01"  # what the file says, not its name


def test_case_51_an_error_document_is_refused(program: Program, runner: Neo4jRunner) -> None:
    before = everything(runner)
    assert "404.obo" in program.refused("load", "ontology", folder(51) / "404.obo")
    assert everything(runner) == before


def test_case_51_a_file_judged_on_another_release_than_it_names(program: Program, runner: Neo4jRunner) -> None:
    load_case(runner, 51, "ann-2018-06-02", obo="asked-2018-06-01.obo")
    source = "ann-2018-06-02"
    assert fates(runner, source, "2018-05-01") == {5: "KEEP", 6: "REFUSE"}
    judgement = judge(runner, source, "2018-05-01")
    assert (judgement.rows, judgement.kept, judgement.refused) == (2, 1, 1)
    assert text(judgement, 6, "unknown") == "GO:9000777 is not in release 2018-05-01"
    assert remarks(judgement, None) == [("flagged", "release")]
    assert text(judgement, None, "release") == (
        "the file names the ontology release 2018-06-01, and is judged on 2018-05-01"
    )
    snapshot = build(runner, "kept", branches="P", sources=(source,), release="2018-05-01")
    assert genes(snapshot)["GO:0008150"] == "AAA1"
    said = program("load", "report", "annotations", source, "--release", "2018-05-01")
    assert said.out.startswith("2 rows = 1 kept + 0 merged + 1 refused, on release 2018-05-01\n")
    assert "there is no Release none" in program.refused("load", "report", "annotations", source, "--release", "none")


def test_case_51_where_a_file_came_from_is_kept(program: Program, runner: Neo4jRunner, tmp_path: Path) -> None:
    path = tmp_path / "go.obo"
    shutil.copy(folder(53) / "go.obo", path)
    mark = stamp(path)
    note = Sidecar(
        key="go",
        address="http://localhost/2018-06-01/go.obo",
        fetched_at="2018-06-03T04:05:06+00:00",
        size=mark.size,
        sha256=mark.sha256,
    )
    write_sidecar(note, path)
    load.load_ontology(runner, path)
    things = {thing["name"]: thing for thing in program("releases", "--json").json()}
    kept = things[RELEASE]
    assert kept["address"] == "http://localhost/2018-06-01/go.obo"
    assert kept["fetched_at"] == "2018-06-03T04:05:06+00:00"
    assert (kept["path"], kept["size"], kept["sha256"]) == (str(path), 1765, mark.sha256)
    assert (kept["date"], kept["release_from"]) == ("2018-06-01", "data-version")
    assert datetime.fromisoformat(kept["loaded"]) <= datetime.now(UTC)

    # The same bytes from another address are the same file.
    other = tmp_path / "elsewhere" / "other.obo"
    other.parent.mkdir()
    shutil.copy(path, other)
    write_sidecar(note.model_copy(update={"address": "http://localhost/other"}), other)
    assert load.load_ontology(runner, other).already


def test_case_51_a_note_about_other_bytes_does_not_count(runner: Neo4jRunner, tmp_path: Path) -> None:
    path = tmp_path / "ann.gaf"
    shutil.copy(folder(53) / "august.gaf", path)
    note = Sidecar(key="x", address="http://localhost/x", fetched_at="2018-06-03", size=1, sha256="0" * 64)
    write_sidecar(note, path)
    load.load_annotations(runner, path, name="august")
    properties = runner.read("read/ready", kind="AnnotationFile", name="august")[0]["properties"]
    assert "address" not in properties and "fetched_at" not in properties
    assert properties["path"] == str(path)
    assert load.load_annotations(runner, folder(53) / "august.gaf", name="august").already


def test_case_51_without_a_network_what_was_fetched_still_loads(runner: Neo4jRunner, tmp_path: Path) -> None:
    address = "http://127.0.0.1:9/go.obo"  # nobody listens there
    settings = Settings(home=tmp_path, neo4j_uri=None, mirror=None)
    entry = {"kind": "ontology", "title": "a release", "addresses": (address,), "licence": "-", "format": "obo"}
    sources = tuple(Source.model_validate({**entry, "key": key, "release": RELEASE}) for key in ("had", "missing"))
    catalogue = Catalogue(format=1, source=sources)
    fetched = settings.downloads / "had" / "go.obo"
    fetched.parent.mkdir(parents=True)
    shutil.copy(folder(53) / "go.obo", fetched)
    mark = stamp(fetched)
    write_sidecar(
        Sidecar(key="had", address=address, fetched_at="2018-06-03T04:05:06+00:00", size=mark.size, sha256=mark.sha256),
        fetched,
    )
    found = resolve("had", "ontology", settings=settings, catalogue=catalogue)
    load.load_ontology(runner, found.path)
    properties = runner.read("read/ready", kind="Release", name=RELEASE)[0]["properties"]
    assert (properties["address"], str(properties["fetched_at"])[:10]) == (address, "2018-06-03")
    note = read_sidecar(sidecar_path(fetched))
    assert note is not None and note.address == address
    quick = Patience(connect=1, read=1, backoff=(0.01,), other_process=1)
    with pytest.raises(FetchError, match="missing") as trouble:
        resolve("missing", "ontology", settings=settings, catalogue=catalogue, patience=quick)
    assert address in str(trouble.value)


SENTENCE = (
    "september is much smaller than august: 20 to 7 annotations (-65 %), 20 to 7 genes (-65 %); "
    "by evidence: IBA 2 to 2, IDA 3 to 3, IEA 13 to 0, IMP 2 to 2; genes that lost all annotations: 13 "
    "(IEA0, IEA1, IEA2, IEA3, IEA4, IEA5, IEA6, IEA7, IEA8, IEA9, IEA10, IEA11, IEA12)"
)


def test_case_53_a_much_smaller_release_is_flagged(program: Program, runner: Neo4jRunner) -> None:
    assert program("load", "annotations", folder(53) / "august.gaf").err == ""
    said = program("load", "annotations", folder(53) / "september.gaf")
    assert (said.status, said.err) == (0, f"warning: {SENTENCE}\n")
    report = program("load", "report", "annotations", "september", "--json").json()
    assert [one["text"] for one in report["findings"] if one["reason"] == "smaller"] == [SENTENCE]
    (smaller,) = report["smaller"]
    assert (smaller["older"], smaller["newer"]) == ("august", "september")
    assert smaller["lost"] == [f"IEA{number}" for number in range(13)]
    assert {part["what"]: (part["before"], part["after"]) for part in smaller["parts"]} == {
        "IEA": (13, 0),
        "IBA": (2, 2),
        "IDA": (3, 3),
        "IMP": (2, 2),
    }
    # August stays, whole.
    assert len(stored(runner, "august")) == 20
    assert load.findings(runner, "AnnotationFile", "august") == []
    # What was noted stays in the report when the older file is gone.
    load.remove(runner, "AnnotationFile", "august")
    assert [row["text"] for row in load.findings(runner, "AnnotationFile", "september")] == [SENTENCE]


def test_case_53_the_order_of_loading_makes_no_difference(program: Program, runner: Neo4jRunner) -> None:
    assert program("load", "annotations", folder(53) / "september.gaf").err == ""
    said = program("load", "annotations", folder(53) / "august.gaf")
    assert said.err == f"warning: {SENTENCE}\n"  # about september, whose predecessor has come
    assert load.findings(runner, "AnnotationFile", "august") == []
    assert [row["text"] for row in load.findings(runner, "AnnotationFile", "september")] == [SENTENCE]


def test_case_53_only_the_newest_earlier_one_of_the_family_counts(runner: Neo4jRunner, tmp_path: Path) -> None:
    august = (folder(53) / "august.gaf").read_text()
    variants = {
        "other-database": august.replace("SGD\tS", "UniProtKB\tS").replace("2018-08-09", "2018-08-20"),
        "other-species": august.replace("taxon:559292", "taxon:7227").replace("2018-08-09", "2018-08-21"),
        "other-strain": august.replace("taxon:559292", "taxon:4932").replace("2018-08-09", "2018-08-22"),
    }
    for name, content in variants.items():
        (tmp_path / f"{name}.gaf").write_text(content)
        assert load.load_annotations(runner, tmp_path / f"{name}.gaf", name=name).warnings == ()
    load.load_annotations(runner, folder(53) / "september.gaf", name="september")
    (found,) = shrinkages(runner, "AnnotationFile", "september")
    assert (found.older, found.newer) == ("other-strain", "september")


@pytest.mark.parametrize(("left", "warned"), [(16, True), (17, False)])
def test_case_53_a_fifth_less_is_much(runner: Neo4jRunner, tmp_path: Path, left: int, warned: bool) -> None:
    load.load_annotations(runner, folder(53) / "august.gaf", name="august")
    lines = (folder(53) / "august.gaf").read_text().replace("2018-08-09", "2018-09-01").splitlines(keepends=True)
    later = tmp_path / "later.gaf"
    later.write_text("".join(lines[: 3 + left]))
    assert bool(load.load_annotations(runner, later, name="later").warnings) == warned


def test_case_53_ontology_releases_as_well(runner: Neo4jRunner, tmp_path: Path) -> None:
    load.load_ontology(runner, folder(53) / "go.obo")
    smaller = tmp_path / "smaller.obo"
    content = (folder(53) / "go.obo").read_text().replace("2018-06-01", "2018-07-01")
    smaller.write_text(
        content.replace("id: GO:9000004", "is_obsolete: true\nid: GO:9000004").split("[Term]\nid: GO:9000101")[0]
    )
    (warning,) = load.load_ontology(runner, smaller).warnings
    assert warning == (
        "2018-07-01 is much smaller than 2018-06-01: 12 to 7 live terms (-42 %); by branch: "
        "biological_process 6 to 5, cellular_component 3 to 1, molecular_function 3 to 1"
    )
    assert load.load_ontology(runner, folder(53) / "go.obo").already
