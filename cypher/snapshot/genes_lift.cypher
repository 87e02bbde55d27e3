// Say where the genes of removed terms are now: at the nearest terms left, along every path.
// mode: write
// parameters: snapshot
// returns: lifted
MATCH (d:SnapTerm {snapshot: $snapshot, kept: false})
USING INDEX d:SnapTerm(snapshot, kept)
WHERE d.annotated
  AND d.direct_genes > 0
  AND (NOT EXISTS { (d)-[:GENES_TO]->() } OR EXISTS { (d)-[:GENES_TO]->({kept: false}) })
OPTIONAL MATCH (d)-[before:GENES_TO]->()
DELETE before
WITH DISTINCT d
CALL (d) {
  MATCH ANY SHORTEST (d)((a)-[:RAW_PARENT]->() WHERE NOT a.kept)+(p)
  WITH p
  WHERE p.kept
  RETURN p
}
WITH DISTINCT d, p
CREATE (d)-[:GENES_TO]->(p)
RETURN count(*) AS lifted
