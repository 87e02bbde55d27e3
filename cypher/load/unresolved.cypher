// Products that stand for no gene of a genome, and why.
// mode: write
// parameters: source, genome, rows
// returns: none
MATCH (x:Genome {name: $genome})
UNWIND $rows AS row
MATCH (p:Product {source: $source, id: row.id})
USING INDEX p:Product(source, id)
CREATE (p)-[:UNRESOLVED_IN {problem: row.problem, candidates: row.candidates, why: row.why}]->(x)
