// Scores of terms.
// mode: write
// parameters: run, snapshot, rows
// returns: written
UNWIND $rows AS row
MATCH (t:SnapTerm {snapshot: $snapshot, id: row.term})
USING INDEX t:SnapTerm(snapshot, id)
WHERE t.kept
MATCH (r:Run {name: $run})
CREATE (r)-[x:SCORED]->(t)
SET x = row.scores
RETURN count(x) AS written
