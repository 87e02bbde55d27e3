// Lowest common ancestors of two terms over is_a and part_of: those with no other common ancestor below them.
// mode: read
// parameters: release, first, second, limit
// returns: id, name, namespace
// $release: release = newest; the ontology release
// $first: term; a term
// $second: term; another term
// $limit: number = 50; rows at most
// example: first=GO:0006281 second=GO:0006260
MATCH (:Term {release: $release, id: $first})-[:IS_A|PART_OF*0..40]->(a:Term)
WITH DISTINCT a
WITH collect(a) AS above_first
MATCH (:Term {release: $release, id: $second})-[:IS_A|PART_OF*0..40]->(b:Term)
WITH DISTINCT above_first, b
WHERE b IN above_first
WITH collect(b) AS common
UNWIND common AS c
WITH common, c
WHERE NOT EXISTS { MATCH (c)<-[:IS_A|PART_OF]-(below:Term) WHERE below IN common }
RETURN c.id AS id, c.name AS name, c.namespace AS namespace
ORDER BY id
LIMIT $limit
