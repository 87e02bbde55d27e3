"""Makes texts of files safe to print: what would steer a terminal is shown, not obeyed."""

from __future__ import annotations

# C0 with tab, line ends and ESC; DEL; C1. Surrogates stand for bytes of names that are no UTF-8.
_SHOWN = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_SHOWN |= {code: f"\\x{code - 0xDC00:02x}" for code in range(0xDC80, 0xDD00)}


def visible(text: str) -> str:
    """The text with each control character as its number, such as ``\\x1b``.

    Args:
        text: any text, such as a cell of somebody's file.
    """
    return text.translate(_SHOWN)
