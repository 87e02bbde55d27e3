// What a snapshot holds: one row a term of the result, with the ids of its parents and of the genes attached to it.
// mode: read
// parameters: snapshot
// returns: term, parents, genes
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
RETURN s.id AS term,
  COLLECT { MATCH (s)-[:PARENT]->(p:SnapTerm) RETURN p.id ORDER BY p.id } AS parents,
  COLLECT { MATCH (s)-[:GENE]->(g:Gene) RETURN g.id ORDER BY g.id } AS genes
ORDER BY term
