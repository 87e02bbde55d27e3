// Terms of a snapshot that are furthest from its top: depth counts the longest way.
// mode: read
// parameters: snapshot, limit
// returns: id, name, namespace, depth, height, direct_genes, contained_genes
// $snapshot: snapshot = newest; the snapshot
// $limit: number = 50; rows at most
// example: snapshot=2017-07-19
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
RETURN s.id AS id, s.name AS name, s.namespace AS namespace, s.depth AS depth, s.height AS height,
  s.direct_genes AS direct_genes, s.contained_genes AS contained_genes
ORDER BY depth DESC, id
LIMIT $limit
