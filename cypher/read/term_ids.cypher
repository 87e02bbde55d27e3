// The ids that annotations to a term may state: those of the term that the id stands for in a release, and itself.
// mode: read
// parameters: release, term
// returns: id
OPTIONAL MATCH (:GoId {id: $term})<-[:VERSION_OF|ALT_ID]-(:Term {release: $release})-[:VERSION_OF|ALT_ID]->(i:GoId)
WITH collect(DISTINCT i.id) + $term AS ids
UNWIND ids AS id
RETURN DISTINCT id
ORDER BY id
