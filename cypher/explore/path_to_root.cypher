// A shortest way from a term up to each root that it is below, over is_a and part_of, step by step.
// mode: read
// parameters: release, term, limit
// returns: root, step, id, name
// $release: release = newest; the ontology release
// $term: term; the term
// $limit: number = 200; rows at most
// example: term=GO:0006281
MATCH (t:Term {release: $release, id: $term})
MATCH (r:Term {release: $release, root: true})
WHERE NOT r.obsolete AND r <> t
MATCH path = ANY SHORTEST (t)-[:IS_A|PART_OF]->{1,40}(r)
UNWIND range(0, length(path)) AS step
WITH r, step, nodes(path)[step] AS n
RETURN r.id AS root, step, n.id AS id, n.name AS name
ORDER BY root, step
LIMIT $limit
