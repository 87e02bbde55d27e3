// Genes that a snapshot started from and that none of its terms has any more, with the number of terms they had.
// mode: read
// parameters: snapshot, limit
// returns: gene, symbol, terms, evidence
// $snapshot: snapshot = newest; the snapshot
// $limit: number = 500; rows at most
// example: snapshot=2017-07-19
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
MATCH (s)-[raw:RAW_GENE]->(g:Gene)
WITH g, count(s) AS terms, collect(raw.evidence) AS codes
WHERE NOT EXISTS { (g)<-[:GENE]-(:SnapTerm {snapshot: $snapshot}) }
UNWIND codes AS some
UNWIND some AS code
WITH g, terms, code
ORDER BY code
WITH g, terms, collect(DISTINCT code) AS evidence
RETURN g.id AS gene, g.symbol AS symbol, terms, evidence
ORDER BY gene
LIMIT $limit
