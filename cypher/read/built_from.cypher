// Snapshots that were built from a loaded thing.
// mode: read
// parameters: kind, name
// returns: name
MATCH (s:Snapshot)-[:BUILT_FROM]->(x {name: $name})
WHERE $kind IN labels(x)
RETURN s.name AS name
ORDER BY name
