// Terms of a snapshot with a common parent and equal sets of direct genes.
// mode: read
// parameters: snapshot, least, limit
// returns: genes, terms, names, parent
// $snapshot: snapshot = newest; the snapshot
// $least: number = 2; genes that a set has at least
// $limit: number = 200; rows at most
// example: snapshot=2017-07-19
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE s.direct_genes >= $least AND s.direct_genes > 0
WITH s, COLLECT { MATCH (s)-[:GENE]->(g:Gene) RETURN g.id ORDER BY g.id } AS genes
WITH genes, collect(s) AS same
WHERE size(same) > 1
UNWIND same AS s
MATCH (s)-[:PARENT]->(p:SnapTerm)
WITH genes, p, s
ORDER BY s.id
WITH genes, p, collect(s.id) AS terms, collect(s.name) AS names
WHERE size(terms) > 1
RETURN size(genes) AS genes, terms, names, p.id AS parent
ORDER BY genes DESC, terms, parent
LIMIT $limit
