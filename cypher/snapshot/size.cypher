// Terms and pairs that are left.
// mode: read
// parameters: snapshot
// returns: terms, pairs
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
RETURN count(s) AS terms, sum(s.direct_genes) AS pairs
ORDER BY terms
