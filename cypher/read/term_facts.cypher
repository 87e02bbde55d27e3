// What a release says about the terms that an id stands for there: the term itself, or those that took the id over.
// mode: read
// parameters: release, id
// returns: term, name, namespace, definition, comment, synonyms, obsolete, merged, ids
MATCH (:GoId {id: $id})<-[link:VERSION_OF|ALT_ID]-(t:Term {release: $release})
RETURN t.id AS term, t.name AS name, t.namespace AS namespace, t.definition AS definition, t.comment AS comment,
  coalesce(t.synonyms, []) AS synonyms, t.obsolete AS obsolete, type(link) = 'ALT_ID' AS merged,
  COLLECT { MATCH (t)-[:VERSION_OF|ALT_ID]->(o:GoId) RETURN o.id ORDER BY o.id } AS ids
ORDER BY obsolete, merged, term
