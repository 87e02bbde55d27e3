"""What docs/security.md promises, held against the program's own text and against the names that become paths."""

from __future__ import annotations

import ast
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pandas as pd
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from dcell_graph.cli import app
from dcell_graph.errors import DatabaseError, InputError
from dcell_graph.graph.artifacts import listed
from dcell_graph.graph.build import build_snapshot
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.queries import load_query
from dcell_graph.graph.runner import Runner
from dcell_graph.measurements.dataset import check_name
from dcell_graph.measurements.storage import import_dataset
from dcell_graph.settings import Settings
from dcell_graph.snapshot.exchange.formats import import_snapshot
from dcell_graph.snapshot.recipe import find_recipe
from dcell_graph.snapshot.storage import write_snapshot
from dcell_graph.train.__main__ import app as train_app
from tests.snapshots import random_snapshot

ROOT = Path(__file__).parent.parent.parent
PROGRAM = sorted(
    path for room in ("dcell_graph", "app") for path in (ROOT / room).rglob("*.py") if "__pycache__" not in path.parts
)

# ---- Cypher

_INDEXES = "(row['statement'] for row in present.read(query) if row['name'] not in there)"
# Where a text that is not a whole file of cypher/ reaches the server, and why it may.
NOT_FROM_FILES = {
    ("dcell_graph/graph/ask/asker.py", "f'{_EXPLAIN}{text}'"): "the user's own question, for the plan of it",
    ("dcell_graph/graph/ask/asker.py", "text"): "the user's own question, in a transaction that cannot write",
    ("dcell_graph/graph/ask/asker.py", "neo4j.Query(text, timeout=limits.seconds)"): "ask --write, by its owner",
    ("dcell_graph/graph/runner.py", "text"): "statements of cypher/schema, and those of the next entry",
    ("dcell_graph/graph/bulk/store.py", _INDEXES): "the server's own statements for its indexes, for the next store",
    ("dcell_graph/graph/migrate.py", "known[name]"): "statements of cypher/schema",
}
FROM_FILES = {"query.text", "neo4j.Query(query.text)", "load_query('load/lock_hold').text"}
# Queries chosen by a name that is put together: the room is a constant, and the rest is one of the program's words.
ROOM = re.compile(r"[a-z]+/[a-z_]*")


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            yield node.func.attr, node


def _imports_driver(tree: ast.Module) -> bool:
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return any(module.split(".")[0] == "neo4j" for module in modules)


def texts_for_the_server(tree: ast.Module) -> Iterator[str]:
    """The expressions that are given to the driver as a query, and to ``statements`` of the runner."""
    driver = _imports_driver(tree)
    for name, call in _calls(tree):
        if name == "statements" or (driver and name in ("run", "execute_query")):
            yield ast.unparse(call.args[0])


def test_every_query_is_a_file_or_a_constant_and_the_rest_is_listed() -> None:
    found = set()
    for path in PROGRAM:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for text in texts_for_the_server(tree):
            if text not in FROM_FILES and not isinstance(ast.parse(text, mode="eval").body, ast.Constant):
                found.add((path.relative_to(ROOT).as_posix(), text))
    assert found == set(NOT_FROM_FILES)


@pytest.mark.parametrize(
    "text",
    [
        "import neo4j\nsession.run(f\"MATCH (t {{id: '{x}'}}) RETURN t\")",
        'from neo4j import Driver\ntransaction.run("MATCH (t) WHERE t.id = " + x)',
        'import neo4j\ndriver.execute_query("MATCH (t:%s)" % x)',
        'runner.statements(["CREATE (t:{})".format(x)])',
    ],
)
def test_a_formatted_query_would_be_noticed(text: str) -> None:
    (found,) = texts_for_the_server(ast.parse(text))
    assert found not in FROM_FILES and not isinstance(ast.parse(found, mode="eval").body, ast.Constant)


def test_only_the_program_chooses_which_file_is_run() -> None:
    """No value from outside becomes the path of a query: the name is a constant or begins with its room."""
    for path in PROGRAM:
        for name, call in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            if name in ("read", "write", "write_rows") and "runner" in ast.unparse(call.func):
                asked = call.args[0]
                first = asked.values[0] if isinstance(asked, ast.JoinedStr) else asked
                if isinstance(first, ast.Constant):
                    assert ROOM.match(str(first.value)), f"{path}:{call.lineno}"
                else:
                    assert isinstance(asked, ast.Name | ast.Attribute | ast.IfExp | ast.Subscript), (
                        f"{path}:{call.lineno}"
                    )


@pytest.mark.parametrize("name", ["../x", "read/../../x", "/etc/passwd"])
def test_a_query_is_below_its_folder(name: str) -> None:
    with pytest.raises(DatabaseError, match="there is no query"):
        load_query(name)


# ---- what could run foreign code

FORBIDDEN_MODULES = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "code", "codeop"}
FORBIDDEN_CALLS = re.compile(
    r"(eval|exec|compile|__import__|os\.(system|popen|exec\w*|spawn\w*)|(torch|np|numpy|joblib|pickle|marshal)\.load|"
    r"torch\.jit\.load|pd\.read_pickle|pd\.eval|yaml\.\w*load\w*|extractall|.*\.extractall|.*\.to_pickle)"
)


# What starts another program, and which.
STARTED = {
    ("dcell_graph/cli/__init__.py", "os.execv(command[0], command)"): "this Python, with the app's own script",
}


def dangers(tree: ast.AST) -> Iterator[str]:
    """Imports and calls by which data could become code, or a text a command of the shell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            if str(node.module).split(".")[0] in FORBIDDEN_MODULES:
                yield str(node.module)
        elif isinstance(node, ast.Call):
            options = {word.arg: word.value for word in node.keywords}
            if "shell" in options:
                yield ast.unparse(node)
            plain = options.get("allow_pickle")
            if isinstance(plain, ast.Constant) and plain.value is False:
                continue
            if FORBIDDEN_CALLS.fullmatch(ast.unparse(node.func)):
                yield ast.unparse(node)


def test_nothing_read_is_ever_executed() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), text)
        for path in [*PROGRAM, ROOT / "hatch_build.py"]
        for text in dangers(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set(STARTED)


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "import yaml",
        "eval(text)",
        "torch.load(path)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "os.system(text)",
        "archive.extractall(folder)",
        "pd.read_pickle(path)",
    ],
)
def test_what_would_be_noticed(text: str) -> None:
    assert list(dangers(ast.parse(text)))


# ---- names that become paths

BAD_NAMES = ["../x", "..", ".", "", "/etc/x", "a/b", "a\\b", "a\0b", "a\nb", ".hidden", "~/x", "x" * 5_000]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_leave_their_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    home = tmp_path / "home"
    table = tmp_path / "pairs.txt"
    table.write_text("A\tB\t0.5\nA\tC\t0.25\n", encoding="ascii")
    for what in ("dataset", "split"):
        with pytest.raises(InputError, match=f"this cannot be the name of a {what}"):
            check_name(name, what)
    with pytest.raises(InputError, match="this cannot be the name of a dataset"):
        import_dataset(table, datasets=home / "datasets", name=name, source_format="dcell")
    with pytest.raises(InputError, match="a snapshot name cannot be used"):
        # The name is looked at before the database is.
        build_snapshot(cast(Runner, None), name, find_recipe("default"), release="r", sources=["s"], genome="g")
    # The name may also come with the snapshot of a stranger.
    snapshot = random_snapshot(1, n_terms=5, n_genes=5, n_pairs=8)
    manifest = snapshot.manifest.model_copy(update={"name": name})
    write_snapshot(replace(snapshot, manifest=manifest), tmp_path / "sent")
    with pytest.raises(InputError, match="sent: this cannot be the name of a snapshot"):
        import_snapshot(tmp_path / "sent", "parquet")

    monkeypatch.setenv("DCELL_GRAPH_HOME", str(home))
    run = CliRunner()
    for command, asked in (
        (app, ["dataset", "show", name]),
        (app, ["dataset", "remove", name, "--yes"]),
        (app, ["runs", "show", name]),
        (train_app, ["--snapshot", str(tmp_path / "sent"), "--dataset", "none", "--run-name", name]),
    ):
        ended = run.invoke(command, asked)
        assert ended.exit_code != 0 and isinstance(ended.exception, SystemExit), (asked[:2], ended.exception)
    assert not home.exists() or [path.name for path in home.rglob("*")] in ([], ["datasets"])
    assert sorted(path.name for path in tmp_path.iterdir() if path != home) == ["pairs.txt", "sent"]


# ---- secrets


def test_the_password_stands_in_one_private_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = DatabaseFolder(tmp_path / "database")
        folder.create(7687)
        folder.configure(7687)
    finally:
        os.umask(before)
    password = folder.password()
    files = [path for path in folder.path.rglob("*") if path.is_file()]
    assert [path for path in files if password in path.read_text(encoding="utf-8")] == [folder.password_file]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_settings_do_not_show_the_password_of_an_outside_server(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, neo4j_uri="bolt://h:1", neo4j_password=SecretStr("s3cret-word"))
    shown = (repr(settings), str(settings), settings.model_dump_json(), pd.Series([settings]).to_string())
    assert not any("s3cret-word" in text for text in shown)


# ---- what is fetched


def test_every_program_file_has_a_checksum() -> None:
    assert all(re.fullmatch("[0-9a-f]{64}", artifact.sha256) for artifact in listed())


def test_all_versions_are_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(pins) > 50
    assert not [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[^=\s]+( ; .+)?", line)]
