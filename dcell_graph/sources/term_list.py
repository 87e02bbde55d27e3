"""Lists of ontology terms: one id a line."""

from __future__ import annotations

import re
from pathlib import Path

from dcell_graph.errors import FileRefused
from dcell_graph.sources.text import read_lines

_ID = re.compile(r"[A-Za-z_]+:[A-Za-z0-9_]+")


def read_term_list(path: Path) -> tuple[str, ...]:
    """Read a list of term ids, one a line, in the order of the file, each once.

    What follows an id after a blank is not looked at; lines that start with # are comments.

    Raises:
        FileRefused: a line does not start with an id, or there is none at all.
        NotFound: there is no such file.
    """
    ids: dict[str, None] = {}
    for line in read_lines(path):
        text = line.text.strip()
        if not text or text.startswith("#"):
            continue
        first = text.split()[0]
        if line.damaged or not _ID.fullmatch(first):
            raise FileRefused(
                "this is not a list of terms", path=path, line=line.number, expected="a term id", found=repr(text[:40])
            )
        ids.setdefault(first)
    if not ids:
        raise FileRefused("no term id was found", path=path, expected="one term id a line")
    return tuple(ids)
