// What was started and never made visible.
// mode: read
// parameters: none
// returns: kind, name
MATCH (x:Release|AnnotationFile|Genome|GeneList|Snapshot)
WHERE x.status <> 'ready'
RETURN labels(x)[0] AS kind, x.name AS name
ORDER BY kind, name
