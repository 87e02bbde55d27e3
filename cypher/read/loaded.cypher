// Everything that is loaded or built and visible.
// mode: read
// parameters: none
// returns: kind, name, properties
MATCH (x:Release|AnnotationFile|Genome|GeneList|Snapshot)
WHERE x.status = 'ready'
RETURN labels(x)[0] AS kind, x.name AS name, properties(x) AS properties
ORDER BY kind, name
