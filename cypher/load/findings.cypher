// Refused, merged and flagged lines of a loaded file.
// mode: write
// parameters: kind, of, rows
// returns: none
UNWIND $rows AS row
CREATE (f:Finding)
SET f = row, f.kind = $kind, f.of = $of
