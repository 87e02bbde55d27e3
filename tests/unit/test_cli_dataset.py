"""The dataset commands, and how commands end when something is wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcell_graph.cli.dataset import BadValuesChoice, KindChoice, RepeatsChoice, app
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError
from dcell_graph.measurements.gathering import BAD_VALUES
from dcell_graph.measurements.grouping import REPEATS
from dcell_graph.measurements.split_kinds import KINDS

TABLE = "2 AAA1 BBB2 0.5\n2 BBB2 AAA1 0.7\n2 CCC3 DDD4 -0.25\n2 EEE5 FFF6 0,3\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "home"))
    (tmp_path / "table.txt").write_text(TABLE, encoding="utf-8")
    return tmp_path / "home"


def test_import_list_and_show(home: Path, tmp_path: Path) -> None:
    table = str(tmp_path / "table.txt")
    done = CliRunner().invoke(app, ["import", table, "--name", "mine", "--format", "dcell"])
    assert done.exit_code == 0, done.output
    assert "2 strains, 4 genes" in done.stdout
    assert "4 rows read: 2 strains, 1 repeat averaged (1 strain, 1 with different values), 1 refused" in done.stdout
    assert "refused, not a number: 1" in done.stdout

    listed = json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)
    assert [one["name"] for one in listed] == ["mine"]
    assert "mine" in CliRunner().invoke(app, ["list"]).stdout
    shown = CliRunner().invoke(app, ["show", "mine", "--json"])
    dropped = json.loads(shown.stdout).pop("dropped")
    assert [(row["line"], row["outcome"], row["reason"]) for row in dropped] == [
        (2, "merged", "conflicting repeat"),
        (4, "refused", "not a number"),
    ]
    assert {**listed[0], "splits": [], "dropped": dropped} == json.loads(shown.stdout)
    assert str(home / "datasets" / "mine") in CliRunner().invoke(app, ["show", "mine"]).stdout


def test_an_empty_list(home: Path) -> None:
    assert CliRunner().invoke(app, ["list"]).stdout == "no dataset was imported\n"
    assert json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout) == []


def test_generated_data_say_so(home: Path, tmp_path: Path) -> None:
    (tmp_path / "table.txt").write_text("# generated-world seed=1\n" + TABLE, encoding="utf-8")
    done = CliRunner().invoke(app, ["import", str(tmp_path / "table.txt"), "--name", "made-up", "--format", "dcell"])

    assert done.stdout.startswith("GENERATED WORLD, not real data\n")
    assert "generated" in CliRunner().invoke(app, ["list"]).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing"], "there is no dataset nothing"),
        (["import", "nothing.txt", "--name", "a", "--format", "dcell"], "nothing.txt"),
        (["import", "TABLE", "--name", "a/b", "--format", "dcell"], "cannot be the name"),
        (["import", "TABLE", "--name", "a", "--format", "pairs"], "not the header of a pairs table"),
        (["import", "TABLE", "--name", "a", "--format", "dcell", "--phenotype", "fitness"], "expected score"),
    ],
)
def test_one_sentence_and_status_one(home: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    named = [str(tmp_path / "table.txt") if word == "TABLE" else word for word in arguments]
    done = CliRunner().invoke(app, named)

    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert done.stdout == ""
    assert not home.exists()


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_formats_are_recognised_and_choices_recorded(home: Path, tmp_path: Path) -> None:
    said = run("import", tmp_path / "table.txt", "--name", "first", "--repeats", "first")
    assert "(format dcell, sha256 " in said
    assert "4 rows read: 2 strains, 1 repeat left out, the first row counts (1 strain, 1 with different values)" in said
    manifest = json.loads(run("import", tmp_path / "table.txt", "--name", "kept", "--repeats", "drop", "--json"))
    assert manifest["choices"] == {"most_p": None, "repeats": "drop", "bad_values": "drop"}
    assert manifest["refusals"] == {"conflicting repeat": 2, "not a number": 1}
    assert manifest["source"]["table_format"] == "dcell"
    for option, words in [
        (("--repeats", "refuse"), "table.txt:2: a strain has several rows"),
        (("--bad-values", "refuse"), "table.txt:4: a row has no usable value (not a number)"),
        (("--max-p", "0.05"), "table.txt: the table has no p-values"),
        (("--phenotype", "colour"), "there is no such phenotype"),
    ]:
        done = CliRunner().invoke(app, ["import", str(tmp_path / "table.txt"), "--name", "not", *option])
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
        assert words in done.stderr
    assert sorted(path.name for path in (home / "datasets").iterdir()) == ["first", "kept"]


def test_every_dropped_row_is_printed_and_written(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.txt"
    run("import", table, "--name", "mine")
    shown = run("show", "mine", "--csv", tmp_path / "dropped.csv")
    with (tmp_path / "dropped.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["outcome"], row["reason"]) for row in rows] == [
        (str(table), "2", "merged", "conflicting repeat"),
        (str(table), "4", "refused", "not a number"),
    ]
    assert all(row["text"] in shown for row in rows)
    assert rows[1]["text"] not in run("show", "mine", "--rows", "1")
    assert rows[0]["text"] not in run("show", "mine", "--rows", "0")


def test_splits_are_made_shown_and_removed(home: Path, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("2 AAA1 CCC3 0.1\n2 BBB2 DDD4 0.2\n2 CCC3 DDD4 9\n", encoding="utf-8")
    run("import", tmp_path / "table.txt", tmp_path / "more.txt", "--name", "both")
    said = run("split", "both", "--kind", "files", "--train", "table.txt", "--test", tmp_path / "more.txt")
    # CCC3+DDD4 is in both files.
    assert said == (
        "split files: by file, table.txt for train, more.txt for test; 1 training, 0 validation, 2 test strains, "
        "1 not used\n"
    )
    run("split", "both", "--kind", "random", "--name", "halves", "--seed", "3", "--fractions", "0.5,0,0.5")
    made = json.loads(run("split", "both", "--kind", "random", "--folds", "2", "--json"))
    assert (made["name"], made["counts"]["test"]) == ("random-0-fold-0-of-2", 2)
    shown = run("show", "both")
    assert "split halves: random, 0.5/0/0.5, seed 3; 2 training, 0 validation, 2 test strains, 0 not used" in shown
    assert [split["name"] for split in json.loads(run("show", "both", "--json"))["splits"]] == [
        "files",
        "halves",
        "random-0-fold-0-of-2",
    ]
    assert run("remove", "both", "--split", "halves") == "removed the split halves of the dataset both\n"
    assert "files, random-0-fold-0-of-2" in run("list")
    assert run("remove", "both") == "removed the dataset both\n"
    assert run("list") == "no dataset was imported\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--kind", "files", "--train", "other.txt"], "this names no file of the dataset"),
        (["--kind", "files", "--train", "table.txt", "--test", "table.txt"], "named twice, or not clearly"),
        (["--kind", "random", "--fractions", "1,2"], "--fractions cannot be read"),
        (["--kind", "query-genes"], "does not say which genes are those of the query"),
        (["--kind", "random", "--fractions", "1,0,0"], "a part without strains"),
    ],
)
def test_splits_that_are_refused(home: Path, tmp_path: Path, options: list[str], words: str) -> None:
    run("import", tmp_path / "table.txt", "--name", "mine")
    done = CliRunner().invoke(app, ["split", "mine", *options])
    assert (done.exit_code, done.stderr.count("\n"), done.stdout) == (1, 1, "")
    assert words in done.stderr
    assert not (home / "datasets" / "mine" / "splits").exists()


def test_choices_on_the_command_line_are_those_of_the_library() -> None:
    assert [choice.value for choice in KindChoice] == list(KINDS)
    assert [choice.value for choice in RepeatsChoice] == list(REPEATS)
    assert [choice.value for choice in BadValuesChoice] == list(BAD_VALUES)


def test_errors_of_the_package_end_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, friendly_errors():
        raise InputError("the thing is wrong", found="this", hint="do that")

    assert ended.value.code == 1
    assert capsys.readouterr().err == "error: the thing is wrong: found this; do that\n"


def test_an_interruption_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    @friendly_errors()
    def command() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        command()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_faults_of_the_program_keep_their_traceback() -> None:
    with pytest.raises(ZeroDivisionError), friendly_errors():
        _ = 1 / 0
