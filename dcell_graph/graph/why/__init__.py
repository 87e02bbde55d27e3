"""Why something is in a snapshot or not: ``why`` in why.py answers, the other modules find out."""
