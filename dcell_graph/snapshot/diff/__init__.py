"""What two term sets differ in, and which ingredient of their recipes and inputs is the cause (docs/diff.md)."""
