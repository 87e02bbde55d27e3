"""How every door ends when something is wrong: one sentence for the user, and an exit status."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dcell_graph.cli.visible import visible
from dcell_graph.errors import DcellGraphError

FAILED = 1
INTERRUPTED = 130
"""What shells report for a program that Ctrl-C ended: 128 + the number of the signal."""

# What the system refuses is no fault of the program, even where nobody has expected it.
_REFUSALS = frozenset(
    {
        *(errno.ENAMETOOLONG, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
        *(errno.EMFILE, errno.ENFILE, errno.EIO),
    }
)
_SHOWN = 200


def report(sentence: str) -> None:
    """Say on the error stream what went wrong."""
    print(f"error: {visible(sentence)}", file=sys.stderr)


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn the package's own errors, and what the system refuses, into a sentence and status 1; Ctrl-C into status 130.

    Anything else is a fault of the program and keeps its traceback. Works as ``with friendly_errors():`` and as a
    decorator ``@friendly_errors()`` below a typer command.
    """
    try:
        yield
    except DcellGraphError as error:
        report(str(error))
        raise SystemExit(FAILED) from None
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        place = "" if error.filename is None else f"{str(error.filename)[:_SHOWN]}: "
        report(f"{place}the system refuses this: {error.strerror}")
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        report("interrupted")
        raise SystemExit(INTERRUPTED) from None
