// Remove the terms of a snapshot; each has many links, so the batches are small.
// mode: auto
// parameters: name
// returns: none
MATCH (s:SnapTerm {snapshot: $name})
CALL (s) {
  DETACH DELETE s
} IN TRANSACTIONS OF 500 ROWS
