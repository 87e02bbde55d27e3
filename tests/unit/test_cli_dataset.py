"""The dataset commands, and how commands end when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcell_graph.cli.dataset import app
from dcell_graph.cli.errors import friendly_errors
from dcell_graph.errors import InputError

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
    assert "4 rows read: 2 strains, 1 repeats averaged (1 strains, 1 with different values), 1 refused" in done.stdout
    assert "refused, not a number: 1" in done.stdout

    listed = json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)
    assert [one["name"] for one in listed] == ["mine"]
    assert "mine" in CliRunner().invoke(app, ["list"]).stdout
    shown = CliRunner().invoke(app, ["show", "mine", "--json"])
    assert json.loads(shown.stdout) == listed[0]
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
