// Remove the findings about a file.
// mode: auto
// parameters: kind, of
// returns: none
MATCH (f:Finding {kind: $kind, of: $of})
CALL (f) {
  DELETE f
} IN TRANSACTIONS OF 5000 ROWS
