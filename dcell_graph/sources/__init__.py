"""Files in, records out. Nothing here knows a database or a model; every row of a file has one stated fate."""
