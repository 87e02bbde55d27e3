// Terms of a snapshot with most children.
// mode: read
// parameters: snapshot, limit
// returns: id, name, children, parents, direct_genes, contained_genes
// $snapshot: snapshot = newest; the snapshot
// $limit: number = 50; rows at most
// example: snapshot=2017-07-19
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WITH s, COUNT { (s)<-[:PARENT]-(:SnapTerm) } AS children
ORDER BY children DESC, s.id
LIMIT $limit
RETURN s.id AS id, s.name AS name, children, COUNT { (s)-[:PARENT]->(:SnapTerm) } AS parents,
  s.direct_genes AS direct_genes, s.contained_genes AS contained_genes
ORDER BY children DESC, id
