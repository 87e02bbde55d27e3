// Terms outside the chosen branches, which were there only to carry genes across.
// mode: write
// parameters: snapshot
// returns: removed
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE s.carries
SET s.kept = false, s.stage = 'namespace', s.reason = 'in another branch; its genes go to the terms that it is linked to'
RETURN count(s) AS removed
