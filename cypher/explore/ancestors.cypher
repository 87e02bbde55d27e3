// Terms above a term over is_a and part_of, nearest first, with the smallest number of steps.
// mode: read
// parameters: release, term, limit
// returns: distance, id, name, namespace
// $release: release = newest; the ontology release
// $term: term; the term
// $limit: number = 200; rows at most
// example: term=GO:0006281
MATCH path = (t:Term {release: $release, id: $term})-[:IS_A|PART_OF*1..40]->(a:Term)
WHERE NOT a.obsolete
WITH a, min(length(path)) AS distance
RETURN distance, a.id AS id, a.name AS name, a.namespace AS namespace
ORDER BY distance, id
LIMIT $limit
