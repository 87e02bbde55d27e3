// Terms at or below a term of a snapshot, in the result, that a gene is attached to.
// mode: read
// parameters: snapshot, term, genome, gene
// returns: term, name
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
MATCH (g)<-[:GENE]-(d:SnapTerm)
WHERE d.snapshot = $snapshot AND d.kept AND EXISTS { (d)-[:PARENT*0..]->({id: $term}) }
RETURN d.id AS term, d.name AS name
ORDER BY term
