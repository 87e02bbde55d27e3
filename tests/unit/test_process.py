"""Which process is the server, and why one ended. The processes here are small Python programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dcell_graph.graph import process
from dcell_graph.graph.folder import DatabaseFolder
from dcell_graph.graph.process import Running, end, find, is_alive, meaningful_line

SLEEP = "import time; print('ready', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


@pytest.fixture
def folder(tmp_path: Path) -> DatabaseFolder:
    """An empty folder of a database."""
    return DatabaseFolder(tmp_path)


@pytest.fixture
def children() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes to end when the test is over."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for child in started:
        child.kill()
        child.communicate()


def test_the_process_of_the_pid_file_is_found(folder: DatabaseFolder) -> None:
    _note(folder, pid=os.getpid(), started=psutil.Process().create_time())
    assert find(folder) == Running(pid=os.getpid(), started=psutil.Process().create_time(), port=23456, answering=True)


def test_a_recycled_pid_is_not_the_server(folder: DatabaseFolder) -> None:
    _note(folder, pid=os.getpid(), started=psutil.Process().create_time() - 60)
    assert find(folder) is None


def test_a_set_clock_does_not_hide_the_server(folder: DatabaseFolder, children: list[subprocess.Popen[str]]) -> None:
    child = _child(children, SLEEP, f"--home-dir={folder.path}")
    _note(folder, pid=child.pid, started=psutil.Process(child.pid).create_time() - 3600)
    found = find(folder)
    assert found is not None
    assert found.pid == child.pid


def test_a_gone_process_is_none(folder: DatabaseFolder, children: list[subprocess.Popen[str]]) -> None:
    child = _child(children, SLEEP)
    started = psutil.Process(child.pid).create_time()
    _note(folder, pid=child.pid, started=started)
    assert find(folder) is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, but still a zombie
    assert find(folder) is None
    child.wait()
    assert find(folder) is None
    assert not is_alive(Running(pid=child.pid, started=started, port=23456, answering=True))


@pytest.mark.parametrize(
    "content",
    ["", "12", "{}", "[1]", '{"pid": -1, "started": 0, "port": 1, "answering": true}', '{"pid": "x"}', "\x00"],
)
def test_a_damaged_pid_file_is_none(folder: DatabaseFolder, content: str) -> None:
    folder.pid_file.write_text(content, encoding="utf-8")
    assert find(folder) is None


def test_end_asks_first_and_removes_the_pid_file(folder: DatabaseFolder, children: list[subprocess.Popen[str]]) -> None:
    child = _child(children, SLEEP)
    _note(folder, pid=child.pid, started=psutil.Process(child.pid).create_time())
    found = find(folder)
    assert found is not None
    end(folder, found)
    assert child.wait() == -signal.SIGTERM
    assert not folder.pid_file.exists()
    end(folder, found)  # again: nothing to do


def test_end_kills_what_does_not_listen(
    folder: DatabaseFolder, children: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "STOP_LIMIT", 0.2)
    child = _child(children, DEAF)
    end(folder, Running(pid=child.pid, started=0, port=23456, answering=True))
    assert child.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("", "nothing in the log"),
        ("Starting...\nStopped.\n", "Stopped."),
        (
            "INFO Starting...\n2026 ERROR Failed to start\n\tat org.neo4j.Main\nCaused by: java.lang.Odd: no\n\tat x\n"
            "\t... 14 more\nINFO Stopped.\n",
            "Caused by: java.lang.Odd: no",
        ),
        (
            "2026 ERROR Failed\nCaused by: java.net.BindException: Address already in use\n\tat sun.nio",
            "another program took its port; choose one with `dcell-graph db start --port`",
        ),
        ("Caused by: x.FileLockException: Lock file has been locked by another process: /a", None),
    ],
)
def test_the_line_of_a_log_that_says_most(log: str, line: str | None) -> None:
    assert meaningful_line(log) == (line or "another server uses the same folder, maybe on another machine")


def _note(folder: DatabaseFolder, *, pid: int, started: float) -> None:
    content = {"pid": pid, "started": started, "port": 23456, "answering": True}
    folder.pid_file.write_text(json.dumps(content), encoding="utf-8")


def _child(children: list[subprocess.Popen[str]], program: str, *arguments: str) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True)
    children.append(child)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child
