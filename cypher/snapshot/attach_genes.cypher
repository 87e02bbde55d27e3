// Attach every gene that no term holds to the top root. Without a genome the genes are the products of the files named.
// mode: write
// parameters: snapshot, genome, gene_list, sources
// returns: attached
MATCH (top:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX top:SnapTerm(snapshot, kept)
WHERE NOT EXISTS { (top)-[:PARENT]->() }
MATCH (g:Gene {genome: $genome})
USING INDEX g:Gene(genome)
WHERE ($gene_list IS NULL OR EXISTS { (g)<-[:LISTS]-(:GeneList {name: $gene_list}) })
  AND ($sources IS NULL OR EXISTS { MATCH (g)<-[:MAPS_TO]-(p:Product) WHERE p.source IN $sources })
  AND NOT EXISTS { (g)<-[:GENE]-({snapshot: $snapshot, kept: true}) }
CREATE (top)-[:GENE {evidence: [], dates: []}]->(g)
RETURN count(g) AS attached
