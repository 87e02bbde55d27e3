// Remove the annotations of a file.
// mode: auto
// parameters: name
// returns: none
MATCH (a:Annotation {source: $name})
CALL (a) {
  DETACH DELETE a
} IN TRANSACTIONS OF 5000 ROWS
