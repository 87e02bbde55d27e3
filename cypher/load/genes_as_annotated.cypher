// Each product as a gene of its own, for work without a genome; shared by the files that use the same id.
// mode: write
// parameters: source, rows
// returns: none
UNWIND $rows AS row
MATCH (p:Product {source: $source, id: row.id})
USING INDEX p:Product(source, id)
MERGE (g:Gene {genome: 'as-annotated', id: row.id})
ON CREATE SET g.symbol = row.symbol, g.aliases = []
CREATE (p)-[:MAPS_TO {by: 'id'}]->(g)
