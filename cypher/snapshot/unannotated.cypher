// Terms without a pair of their own, for recipes that do not keep them.
// mode: write
// parameters: snapshot
// returns: removed
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE NOT s.annotated AND NOT s.root
SET s.kept = false, s.stage = 'unannotated', s.reason = 'no gene is annotated to the term itself'
RETURN count(s) AS removed
