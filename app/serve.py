"""Runs the app's server; what its pages need is imported while it starts, so that the first page has not to wait."""

from __future__ import annotations

import threading
from importlib import import_module

from streamlit.web.cli import main

# They bring pandas, plotly, pyarrow and the driver of the database with them.
_USED = ("components.inventory", "components.charts", "components.tables", "components.store", "components.chooser")


def _import() -> None:
    for name in _USED:
        import_module(name)


if __name__ == "__main__":
    threading.Thread(target=_import, name="import", daemon=True).start()
    main()
