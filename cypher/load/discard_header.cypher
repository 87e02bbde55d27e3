// Remove the record of a release, file, genome, gene list or snapshot, after everything that belonged to it.
// mode: write
// parameters: kind, name
// returns: none
MATCH (x:Release|AnnotationFile|Genome|GeneList|Snapshot {name: $name})
WHERE $kind IN labels(x)
DETACH DELETE x
