// Which genes of a genome a product stands for.
// mode: write
// parameters: source, genome, rows
// returns: none
UNWIND $rows AS row
MATCH (p:Product {source: $source, id: row.id})
USING INDEX p:Product(source, id)
UNWIND row.genes AS gene
MATCH (g:Gene {genome: $genome, id: gene})
USING INDEX g:Gene(genome, id)
CREATE (p)-[:MAPS_TO {by: row.by}]->(g)
