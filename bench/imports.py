"""How long a program waits before it begins: importing the package, the command line, and what training needs.

python bench/imports.py
"""

from __future__ import annotations

import subprocess
import sys
import time

STATEMENTS = (
    "pass",
    "import dcell_graph",
    "import dcell_graph.cli",
    "import dcell_graph.train.__main__",
    "import dcell_graph.train.run",
)
REPEATS = 5


def seconds(statement: str) -> float:
    """The shortest of some new processes, which is least disturbed by others."""

    def once() -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        return time.perf_counter() - started

    return min(once() for _ in range(REPEATS))


if __name__ == "__main__":
    bare = seconds(STATEMENTS[0])
    print(f"{'a process of Python':36} {bare:6.3f} s")
    for statement in STATEMENTS[1:]:
        print(f"{statement:36} {seconds(statement) - bare:6.3f} s more")
