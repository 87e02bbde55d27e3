// The terms of a snapshot that contain a gene: those that it is attached to, and all above them.
// mode: read
// parameters: snapshot, genome, gene
// returns: term, name, namespace, attached, depth, direct_genes, contained_genes
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
MATCH (g)<-[:GENE]-(own:SnapTerm)
WHERE own.snapshot = $snapshot AND own.kept
MATCH (own)-[:PARENT*0..]->(s:SnapTerm)
WITH s, max(CASE WHEN s = own THEN 1 ELSE 0 END) = 1 AS attached
RETURN s.id AS term, s.name AS name, s.namespace AS namespace, attached, s.depth AS depth,
  s.direct_genes AS direct_genes, s.contained_genes AS contained_genes
ORDER BY attached DESC, depth DESC, term
