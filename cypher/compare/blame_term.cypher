// What an id is in every loaded ontology release, with the other ids of that term there.
// mode: read
// parameters: id
// returns: release, date, term, name, namespace, obsolete, merged, ids, replaced_by, consider
MATCH (r:Release {status: 'ready'})
OPTIONAL MATCH (:GoId {id: $id})<-[link:VERSION_OF|ALT_ID]-(t:Term)
WHERE t.release = r.name
RETURN r.name AS release, r.date AS date, t.id AS term, t.name AS name, t.namespace AS namespace,
  t.obsolete AS obsolete, type(link) = 'ALT_ID' AS merged,
  COLLECT { MATCH (t)-[:VERSION_OF|ALT_ID]->(o:GoId) RETURN o.id ORDER BY o.id } AS ids,
  COLLECT { MATCH (t)-[:REPLACED_BY]->(o:GoId) RETURN o.id ORDER BY o.id } AS replaced_by,
  COLLECT { MATCH (t)-[:CONSIDER]->(o:GoId) RETURN o.id ORDER BY o.id } AS consider
ORDER BY date, release, merged, term
