// Take a gene off a term if a term below it has it as well.
// mode: write
// parameters: snapshot
// returns: taken
MATCH (c:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX c:SnapTerm(snapshot, kept)
MATCH (c)-[:PARENT*1..]->(s:SnapTerm)
WITH DISTINCT c, s
MATCH (c)-[:GENE]->(g:Gene)
WITH DISTINCT s, g
MATCH (s)-[link:GENE]->(g)
DELETE link
RETURN count(link) AS taken
