"""The site of the documentation is built without a warning and without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT


def test_the_site_is_built(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    # An address that leads nowhere, for all that would fetch something.
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | nowhere, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in (ROOT / "docs").rglob("*.md"):
        place = page.relative_to(ROOT / "docs").with_suffix("")
        folder = place.parent if place.name in ("index", "README") else place
        assert (tmp_path / "site" / folder / "index.html").is_file(), page
    text = (tmp_path / "site" / "app" / "index.html").read_text(encoding="utf-8")
    assert '<span class="filename">Needs a browser</span>' in text
    text = (tmp_path / "site" / "api" / "index.html").read_text(encoding="utf-8")
    assert 'id="dcell_graph.graph.build.build_snapshot"' in text
