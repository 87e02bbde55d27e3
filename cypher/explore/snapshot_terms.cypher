// Terms of a snapshot that a stage removed, with the reason and numbers; the stage kept lists the terms of the
// result.
// mode: read
// parameters: snapshot, stage, limit
// returns: id, name, namespace, reason, equal_to, direct_genes, contained_genes
// $snapshot: snapshot = newest; the snapshot
// $stage: text = kept; the stage, such as contained
// $limit: number = 200; rows at most
// example: snapshot=2017-07-19 stage=redundant
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
WHERE s.stage = $stage OR ($stage = 'kept' AND s.kept)
RETURN s.id AS id, s.name AS name, s.namespace AS namespace, s.reason AS reason, s.equal_to AS equal_to,
  s.direct_genes AS direct_genes, s.contained_genes AS contained_genes
ORDER BY id
LIMIT $limit
