// Remove the terms of a release.
// mode: auto
// parameters: name
// returns: none
MATCH (t:Term {release: $name})
CALL (t) {
  DETACH DELETE t
} IN TRANSACTIONS OF 5000 ROWS
