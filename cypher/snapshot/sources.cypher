// Tie a snapshot to what it was built from.
// mode: write
// parameters: name, release, sources, genome, gene_list
// returns: none
MATCH (s:Snapshot {name: $name})
MATCH (x:Release|AnnotationFile|Genome|GeneList)
WHERE x:Release AND x.name = $release
  OR x:AnnotationFile AND x.name IN $sources
  OR x:Genome AND x.name = $genome
  OR x:GeneList AND x.name = $gene_list
CREATE (s)-[:BUILT_FROM]->(x)
