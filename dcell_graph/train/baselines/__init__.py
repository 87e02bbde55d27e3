"""Simple competitors of a model, and how they are compared with it: what a hierarchy has to be better than."""
