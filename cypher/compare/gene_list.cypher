// Genes of a gene list.
// mode: read
// parameters: name
// returns: gene
MATCH (:GeneList {name: $name})-[:LISTS]->(g:Gene)
RETURN g.id AS gene
ORDER BY gene
