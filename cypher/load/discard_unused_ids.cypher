// Remove the ids that no term and no annotation refers to any more.
// mode: auto
// parameters: none
// returns: none
MATCH (i:GoId)
WHERE NOT EXISTS { (i)<--() }
CALL (i) {
  DELETE i
} IN TRANSACTIONS OF 5000 ROWS
