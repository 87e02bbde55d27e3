// Links between the candidates. Every parent is there, so MERGE creates none; why it is no MATCH: see ancestors.
// mode: write
// parameters: snapshot, relations, cross_namespace, namespaces
// returns: links
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
MATCH (s)-[:OF_TERM]->(c)
WITH s, c
MATCH (c)-[link]->(t)
WITH s, link, t
WHERE link.relation IN $relations
  AND ($cross_namespace OR NOT link.crosses)
  AND NOT t.obsolete
  AND t.namespace IN $namespaces
WITH t, collect(DISTINCT s) AS children
MERGE (p:SnapTerm {snapshot: $snapshot, id: t.id})
WITH p, children
UNWIND children AS s
CREATE (s)-[:RAW_PARENT {kind: 'asserted'}]->(p)
RETURN count(*) AS links
