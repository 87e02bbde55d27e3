// Terms that a date or evidence stage left without genes: at or below them, or (for recipes that do not keep
// unannotated terms) of their own.
// mode: write
// parameters: snapshot, stage, contained
// returns: removed
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
WHERE NOT s.root AND CASE WHEN $contained THEN s.contained_genes ELSE s.direct_genes END = 0
SET s.kept = false, s.stage = $stage,
  s.reason = 'no gene left ' + CASE WHEN $contained THEN 'at or below it' ELSE 'of its own' END
RETURN count(s) AS removed
