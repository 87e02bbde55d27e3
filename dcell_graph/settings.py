"""Where things live and which database to use. Everything comes from the environment, nothing is read on import."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dcell_graph.errors import SettingsError


class Settings(BaseSettings):
    """The settings of one process.

    Args:
        home: everything that belongs to the user: database, snapshots, datasets, runs, downloads.
        cache: what can be fetched again: the server's program files.
        mirror: a folder with data files to use instead of downloading them, or None.
        bulk_rows: annotation files of more rows are loaded through the offline importer, 0 or more.
        server_heap: GB that the embedded server may take for its objects; 60 % of it for one transaction.
        neo4j_uri: address of an outside server; None means the embedded one.
        neo4j_user: user name at that server.
        neo4j_password: password at that server.
    """

    # The prefix keeps apart what is ours: without it the field ``home`` would be read from HOME.
    model_config = SettingsConfigDict(
        env_prefix="DCELL_GRAPH_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("dcell-graph", appauthor=False)))
    cache: Path = Field(default_factory=lambda: Path(platformdirs.user_cache_dir("dcell-graph", appauthor=False)))
    mirror: Path | None = None
    bulk_rows: int = Field(default=2_000_000, ge=0)
    server_heap: int = Field(default=1, ge=1, le=256)
    neo4j_uri: str | None = Field(default=None, validation_alias="NEO4J_URI")
    neo4j_user: str = Field(default="neo4j", validation_alias="NEO4J_USER")
    neo4j_password: SecretStr | None = Field(default=None, validation_alias="NEO4J_PASSWORD")

    @property
    def database(self) -> Path:
        """Folder of the embedded database."""
        return self.home / "database"

    @property
    def snapshots(self) -> Path:
        """Folder that exported snapshots go to unless another is named."""
        return self.home / "snapshots"

    @property
    def datasets(self) -> Path:
        """Folder of imported datasets."""
        return self.home / "datasets"

    @property
    def runs(self) -> Path:
        """Folder of training runs."""
        return self.home / "runs"

    @property
    def downloads(self) -> Path:
        """Folder of fetched source files."""
        return self.home / "downloads"


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a variable has an unusable value.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"DCELL_GRAPH_{name.upper()}"
        raise SettingsError(
            f"the setting {variable} cannot be used",
            found=str(first.get("input")),
            expected=first["msg"].removeprefix("Input should be ").partition(",")[0],
        ) from None
    if settings.neo4j_uri is not None and settings.neo4j_password is None:
        raise SettingsError(
            "NEO4J_URI is set but NEO4J_PASSWORD is not",
            hint="set it (and NEO4J_USER unless that is neo4j), or unset NEO4J_URI to use the embedded database",
        )
    return settings


def wait_passively() -> None:
    """Let the threads of numerical libraries sleep while they wait for each other, unless the user says otherwise.

    By default they spin, which on a machine that is busy with anything else made a training step ten times slower
    (measured: 13 s against 1.4 s an epoch). Takes effect only before torch is imported, so doors call it first.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
