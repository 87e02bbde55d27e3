// What a term is in each loaded ontology release: its name, whether it is obsolete or merged into another, and its
// parents.
// mode: read
// parameters: term, limit
// returns: release, id, name, obsolete, merged, parents, replaced_by
// $term: term; an id, current or not
// $limit: number = 50; rows at most
// example: term=GO:0006281
MATCH (:GoId {id: $term})<-[link:VERSION_OF|ALT_ID]-(t:Term)
RETURN t.release AS release, t.id AS id, t.name AS name, t.obsolete AS obsolete, type(link) = 'ALT_ID' AS merged,
  COLLECT { MATCH (t)-[:IS_A|PART_OF]->(p:Term) RETURN DISTINCT p.id ORDER BY p.id } AS parents,
  COLLECT { MATCH (t)-[:REPLACED_BY]->(o:GoId) RETURN o.id ORDER BY o.id } AS replaced_by
ORDER BY release, merged, id
LIMIT $limit
