// One visible thing by kind and name.
// mode: read
// parameters: kind, name
// returns: properties
MATCH (x:Release|AnnotationFile|Genome|GeneList|Snapshot {name: $name})
WHERE $kind IN labels(x) AND x.status = 'ready'
RETURN properties(x) AS properties
ORDER BY x.name
