"""Settings come from our own variables, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcell_graph.errors import SettingsError
from dcell_graph.settings import Settings, read_settings

OURS = (
    "DCELL_GRAPH_HOME",
    "DCELL_GRAPH_CACHE",
    "DCELL_GRAPH_MIRROR",
    "DCELL_GRAPH_SERVER_HEAP",
    "NEO4J_URI",
    "NEO4J_USER",
    "NEO4J_PASSWORD",
)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*OURS, "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_by_default_everything_is_below_a_folder_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE", "/elsewhere")
    monkeypatch.setenv("MIRROR", "/elsewhere")
    settings = read_settings()
    assert settings.home.name == settings.cache.name == "dcell-graph"
    assert settings.home.parent != tmp_path, "the home folder itself is not ours"
    assert settings.mirror is None
    assert settings.database == settings.home / "database"


def test_our_variables_count_and_empty_ones_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_HOME", str(tmp_path / "mine"))
    monkeypatch.setenv("DCELL_GRAPH_MIRROR", "")
    monkeypatch.setenv("DCELL_GRAPH_SERVER_HEAP", "4")
    monkeypatch.setenv("NEO4J_URI", "")
    settings = read_settings()
    assert settings.server_heap == 4
    assert settings.home == tmp_path / "mine"
    assert settings.mirror is None
    assert settings.neo4j_uri is None


def test_an_outside_server_needs_a_password_which_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://db:7687")
    with pytest.raises(SettingsError, match="NEO4J_URI is set but NEO4J_PASSWORD is not; set it"):
        read_settings()
    monkeypatch.setenv("NEO4J_PASSWORD", "very-secret")
    settings = read_settings()
    assert (settings.neo4j_uri, settings.neo4j_user) == ("bolt://db:7687", "neo4j")
    assert "very-secret" not in repr(settings)


def test_a_heap_is_a_number_of_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCELL_GRAPH_SERVER_HEAP", "4g")
    with pytest.raises(
        SettingsError, match="DCELL_GRAPH_SERVER_HEAP cannot be used: expected a valid integer, found 4g"
    ):
        read_settings()


def test_settings_can_be_made_in_code(tmp_path: Path) -> None:
    assert Settings(home=tmp_path, neo4j_uri=None).runs == tmp_path / "runs"
