// What ids that files use are in a release: a live term, the term that took them over (alt_id), obsolete, or nothing.
// One row of lists of equal length; an id with several terms stands there several times, an unknown one not at all.
// mode: read
// parameters: ids, release
// returns: stated, term, name, namespace, obsolete, merged, replaced_by, consider
UNWIND $ids AS stated
MATCH (i:GoId {id: stated})
USING INDEX i:GoId(id)
MATCH (i)<-[link:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WITH stated, t, type(link) = 'ALT_ID' AS merged
ORDER BY stated, t.id
RETURN collect(stated) AS stated, collect(t.id) AS term, collect(t.name) AS name,
  collect(coalesce(t.namespace, 'none')) AS namespace, collect(t.obsolete) AS obsolete, collect(merged) AS merged,
  collect(CASE WHEN t.obsolete THEN COLLECT { MATCH (t)-[:REPLACED_BY]->(o:GoId) RETURN o.id ORDER BY o.id } ELSE [] END)
    AS replaced_by,
  collect(CASE WHEN t.obsolete THEN COLLECT { MATCH (t)-[:CONSIDER]->(o:GoId) RETURN o.id ORDER BY o.id } ELSE [] END)
    AS consider
ORDER BY size(stated)
