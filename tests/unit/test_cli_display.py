"""What reaches the terminal: texts as they are, harmless, with whole words; and JSON that every reader understands."""

from __future__ import annotations

import io
import json
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from dcell_graph.cli import display
from dcell_graph.cli.errors import report
from dcell_graph.cli.frames import FILES, show_frame, show_json, show_markdown
from dcell_graph.cli.visible import visible

NASTY = "a:x:b [red]c\x1b[31md\te\x9bf\x7f\u00e9"
SHOWN = "a:x:b [red]c\\x1b[31md\\x09e\\x9bf\\x7f\u00e9"


def on_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> io.StringIO:
    """Let tables be shown on a terminal of some width; what is printed there."""
    shown = io.StringIO()

    def console(*_: object, width: int = width) -> Console:
        return Console(file=shown, force_terminal=True, width=width, color_system=None)

    monkeypatch.setattr(display, "Console", console)
    return shown


def test_control_characters_are_shown_by_their_number() -> None:
    assert visible(NASTY) == SHOWN
    assert visible("\x00\n\udcff\u20ac") == "\\x00\\x0a\\xff\u20ac"


def test_texts_of_files_are_neither_markup_nor_pictures_nor_commands(capsys: pytest.CaptureFixture[str]) -> None:
    display.say(NASTY)
    assert capsys.readouterr().out == SHOWN + "\n"
    display.show_rows([NASTY], [[NASTY]], as_json=False, empty="")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [SHOWN, SHOWN]
    display.show_rows(["x"], [], as_json=False, empty=NASTY)
    assert capsys.readouterr().out == SHOWN + "\n"
    report(NASTY)
    assert capsys.readouterr().err == f"error: {SHOWN}\n"
    show_markdown(pd.DataFrame([["x|y\x1b"]], columns=["z"]))
    assert capsys.readouterr().out == "| z |\n|---|\n| x\\|y\\x1b |\n"


def test_json_says_null_for_what_is_absent(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", None], "c": [("y",), None], "d": [pd.NaT, pd.NA]})
    show_json({"frame": frame, "nan": float("nan"), "deep": {"x": [(np.float64("inf"), np.int64(3))]}})
    content = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert content == {
        "frame": [{"a": 1.5, "b": "x", "c": ["y"], "d": None}, {"a": None, "b": None, "c": None, "d": None}],
        "nan": None,
        "deep": {"x": [[None, 3]]},
    }
    show_frame(frame, empty="")
    assert "nan" not in capsys.readouterr().out.lower()


def test_a_column_is_shown_by_its_kind_not_by_the_name_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["not", "line", "year", "not_a", "side", "only_a", "not"]
    show_frame(pd.DataFrame([[1234] * 7], columns=names), empty="", kinds=FILES)
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == names and row.split() == ["1,234"] * 7
    show_markdown(pd.DataFrame([[1234, 0]], columns=["not", "not"]), kinds=FILES)
    assert capsys.readouterr().out == "| not | not |\n|---:|---:|\n| 1,234 | 0 |\n"
    # The package's own columns of these names.
    own = pd.DataFrame([[True, 1234, 2018, "only_a"]], columns=["not", "line", "year", "side"])
    show_frame(own, empty="")
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["NOT", "line", "year", "side"]
    assert row.split() == ["NOT", "1234", "2018", "only", "A"]


@pytest.mark.parametrize("width", [20, 40, 60])
def test_a_narrow_terminal_breaks_no_id_and_no_day(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    shown = on_terminal(monkeypatch, width)
    row = ["goa_yeast-2016-10-03", "2016-10-03", "GO:0006281", "some quite long words that may well be wrapped"]
    display.show_rows(["file", "day", "term", "name"], [row], as_json=False, empty="")
    words = shown.getvalue().split()
    assert {"goa_yeast-2016-10-03", "2016-10-03", "GO:0006281", *row[3].split()} <= set(words)
    if width == 60:
        # 20 + 10 + 10 and three gaps of 2 leave 14 for the words.
        assert max(len(line.rstrip()) for line in shown.getvalue().splitlines()) <= 60


def test_a_wide_terminal_and_a_pipe_break_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "word " * 150 + "end"
    display.show_rows(["text", "number"], [[words, 1]], as_json=False, empty="")
    assert capsys.readouterr().out.splitlines()[1].split() == [*words.split(), "1"]
    shown = on_terminal(monkeypatch, 80)
    display.show_rows(["text", "number"], [["a b", 1000]], as_json=False, empty="")
    assert [line.split() for line in shown.getvalue().splitlines()] == [["text", "number"], ["a", "b", "1,000"]]
    assert sys.stdout is not shown
