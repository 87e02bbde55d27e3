// Give the genes of newly removed terms to the nearest terms left, along every path, with the records behind them.
// mode: write
// parameters: snapshot
// returns: lifted
MATCH (d:SnapTerm {snapshot: $snapshot, kept: false})
USING INDEX d:SnapTerm(snapshot, kept)
WHERE d.lifted IS NULL AND d.stage <> 'unrooted' AND EXISTS { (d)-[:GENE]->() }
SET d.lifted = true
WITH d
CALL (d) {
  MATCH ANY SHORTEST (d)((a)-[:RAW_PARENT]->() WHERE NOT a.kept)+(p)
  WITH p
  WHERE p.kept
  RETURN p
}
WITH DISTINCT d, p
MATCH (d)-[own:GENE]->(g:Gene)
WITH p, g, own
ORDER BY d.id
WITH p, g, collect(own.evidence) AS evidence, collect(own.dates) AS dates
WITH p, g, reduce(all = [], part IN evidence | all + part) AS evidence, reduce(all = [], part IN dates | all + part) AS dates
MERGE (p)-[link:GENE]->(g)
ON CREATE SET link.evidence = evidence, link.dates = dates
ON MATCH SET link.evidence = link.evidence + evidence, link.dates = link.dates + dates
RETURN count(*) AS lifted
