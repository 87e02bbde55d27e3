// Terms that contain too few genes.
// mode: write
// parameters: snapshot, minimum
// returns: removed
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE NOT s.root AND s.contained_genes < $minimum
SET s.kept = false, s.stage = 'contained',
  s.reason = 'contains ' + s.contained_genes + CASE s.contained_genes WHEN 1 THEN ' gene' ELSE ' genes' END + ', fewer than ' + $minimum
RETURN count(s) AS removed
