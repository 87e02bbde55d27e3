// What became of a term in a snapshot; nulls if it was no candidate.
// mode: read
// parameters: snapshot, term
// returns: kept, stage, reason, direct_genes, contained_genes
OPTIONAL MATCH (s:SnapTerm {snapshot: $snapshot, id: $term})
USING INDEX s:SnapTerm(snapshot, id)
RETURN s.kept AS kept, s.stage AS stage, s.reason AS reason, s.direct_genes AS direct_genes,
  s.contained_genes AS contained_genes
ORDER BY kept
