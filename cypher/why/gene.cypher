// Terms that a gene of a snapshot is attached to in the result.
// mode: read
// parameters: snapshot, genome, gene
// returns: term, name
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
MATCH (g)<-[:GENE]-(s:SnapTerm)
WHERE s.snapshot = $snapshot AND s.kept
RETURN s.id AS term, s.name AS name
ORDER BY term
