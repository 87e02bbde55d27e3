// Make a loaded thing invisible before its parts are removed.
// mode: write
// parameters: kind, name
// returns: none
MATCH (x:Release|AnnotationFile|Genome|GeneList|Snapshot {name: $name})
WHERE $kind IN labels(x)
SET x.status = 'removing'
