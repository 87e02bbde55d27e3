// Remove the genes of a genome.
// mode: auto
// parameters: name
// returns: none
MATCH (g:Gene {genome: $name})
CALL (g) {
  DETACH DELETE g
} IN TRANSACTIONS OF 5000 ROWS
