// One wave upward: the parents of the terms of this wave that were not there yet. Waves instead of a path pattern: each
// term is visited once, whatever the number of paths, also if there are cycles.
// MERGE, because it always looks a key up in the index of its constraint. For a MATCH, in a database whose statistics know
// no SnapTerm yet, the planner may as well go through all terms of the snapshot each time.
// mode: write
// parameters: snapshot, wave, relations, cross_namespace, namespaces
// returns: terms
MATCH (s:SnapTerm {snapshot: $snapshot, wave: $wave})
USING INDEX s:SnapTerm(snapshot, wave)
MATCH (s)-[:OF_TERM]->(c)
WITH c
MATCH (c)-[link]->(t)
WITH link, t
WHERE link.relation IN $relations
  AND ($cross_namespace OR NOT link.crosses)
  AND NOT t.obsolete
  AND t.namespace IN $namespaces
WITH DISTINCT t
MERGE (p:SnapTerm {snapshot: $snapshot, id: t.id})
ON CREATE SET p.name = t.name, p.namespace = t.namespace, p.root = t.root, p.annotated = false, p.kept = true,
  p.wave = $wave + 1
WITH t, p
WHERE p.wave = $wave + 1
CREATE (p)-[:OF_TERM]->(t)
RETURN count(p) AS terms
