// Terms below a term over is_a and part_of, nearest first, with the smallest number of steps.
// mode: read
// parameters: release, term, limit
// returns: distance, id, name, namespace
// $release: release = newest; the ontology release
// $term: term; the term
// $limit: number = 200; rows at most
// example: term=GO:0006302
MATCH path = (t:Term {release: $release, id: $term})<-[:IS_A|PART_OF*1..40]-(d:Term)
WHERE NOT d.obsolete
WITH d, min(length(path)) AS distance
RETURN distance, d.id AS id, d.name AS name, d.namespace AS namespace
ORDER BY distance, id
LIMIT $limit
