// One wave upward: links from the terms of this wave to their parents, and the parents that were not there yet.
// Waves instead of a path pattern: each term is visited once, whatever the number of paths, also if there are cycles.
// mode: write
// parameters: snapshot, wave, relations, cross_namespace, namespaces
// returns: links
MATCH (s:SnapTerm {snapshot: $snapshot, wave: $wave})
USING INDEX s:SnapTerm(snapshot, wave)
MATCH (s)-[:OF_TERM]->(:Term)-[link]->(t:Term)
WHERE link.relation IN $relations
  AND ($cross_namespace OR NOT link.crosses)
  AND NOT t.obsolete
  AND t.namespace IN $namespaces
WITH DISTINCT s, t
MERGE (p:SnapTerm {snapshot: $snapshot, id: t.id})
ON CREATE SET p.name = t.name, p.namespace = t.namespace, p.root = t.root, p.annotated = false, p.kept = true,
  p.wave = $wave + 1
WITH s, t, p
FOREACH (x IN CASE WHEN p.wave = $wave + 1 THEN [p] ELSE [] END | MERGE (x)-[:OF_TERM]->(t))
CREATE (s)-[:RAW_PARENT {kind: 'asserted'}]->(p)
RETURN count(*) AS links
