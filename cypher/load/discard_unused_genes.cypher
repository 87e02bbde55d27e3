// Remove the genes that stood only for products of files that are gone.
// mode: auto
// parameters: none
// returns: none
MATCH (g:Gene {genome: 'as-annotated'})
WHERE NOT EXISTS { (g)<--() }
CALL (g) {
  DELETE g
} IN TRANSACTIONS OF 5000 ROWS
