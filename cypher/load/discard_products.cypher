// Remove the gene products of a file.
// mode: auto
// parameters: name
// returns: none
MATCH (p:Product {source: $name})
CALL (p) {
  DETACH DELETE p
} IN TRANSACTIONS OF 5000 ROWS
