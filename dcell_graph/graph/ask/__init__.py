"""Questions in Cypher from people: reading only, limited, as tables; for notebooks ``ask`` and ``py2neo_graph``."""

from dcell_graph.graph.ask.asker import Limits
from dcell_graph.graph.ask.notebook import ask, ask_saved, py2neo_graph

__all__ = ["Limits", "ask", "ask_saved", "py2neo_graph"]
