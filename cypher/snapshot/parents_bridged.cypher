// Links of the result over removed terms: their children get all their parents. SHORTEST keeps one path a pair.
// The end of the path carries neither label nor property inside the MATCH on purpose: otherwise the planner may look up
// all terms left first and search a path for every pair.
// mode: write
// parameters: snapshot
// returns: links
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
MATCH (s)-[:RAW_PARENT]->(x)
WHERE NOT x.kept
WITH DISTINCT s, x
CALL (x) {
  MATCH ANY SHORTEST (x)((a)-[:RAW_PARENT]->() WHERE NOT a.kept)+(p)
  WITH p
  WHERE p.kept
  RETURN p
}
WITH DISTINCT s, p
WHERE NOT EXISTS { (s)-[:PARENT]->(p) }
CREATE (s)-[:PARENT {kind: 'bridge'}]->(p)
RETURN count(*) AS links
