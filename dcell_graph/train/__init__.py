"""Training DCell on a snapshot and a dataset: the loop, what it logs, and the self-contained run folder."""
