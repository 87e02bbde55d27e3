// Genes of a gene list.
// mode: write
// parameters: name, genome, rows
// returns: none
UNWIND $rows AS id
MATCH (g:Gene {genome: $genome, id: id})
USING INDEX g:Gene(genome, id)
MATCH (l:GeneList {name: $name})
CREATE (l)-[:LISTS]->(g)
