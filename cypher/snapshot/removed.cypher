// Candidates that a stage removed.
// mode: read
// parameters: snapshot
// returns: term, name, namespace, stage, reason, direct_genes, contained_genes, equal_to
MATCH (s:SnapTerm {snapshot: $snapshot, kept: false})
USING INDEX s:SnapTerm(snapshot, kept)
RETURN s.id AS term, s.name AS name, s.namespace AS namespace, s.stage AS stage, s.reason AS reason,
  coalesce(s.direct_genes, 0) AS direct_genes, coalesce(s.contained_genes, 0) AS contained_genes,
  coalesce(s.equal_to, '') AS equal_to
ORDER BY term
