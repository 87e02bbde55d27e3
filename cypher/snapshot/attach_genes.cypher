// Attach every gene that no term holds to the top root.
// mode: write
// parameters: snapshot, genome, gene_list
// returns: attached
MATCH (top:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX top:SnapTerm(snapshot, kept)
WHERE NOT EXISTS { (top)-[:PARENT]->() }
MATCH (g:Gene {genome: $genome})
USING INDEX g:Gene(genome)
WHERE ($gene_list IS NULL OR EXISTS { (g)<-[:LISTS]-(:GeneList {name: $gene_list}) })
  AND NOT EXISTS { (g)<-[:GENE]-({snapshot: $snapshot, kept: true}) }
CREATE (top)-[:GENE {evidence: [], dates: []}]->(g)
RETURN count(g) AS attached
