// Loaded genomes and gene lists.
// mode: read
// parameters: none
// returns: kind, name, genome
MATCH (x:Genome|GeneList {status: 'ready'})
RETURN labels(x)[0] AS kind, x.name AS name, x.genome AS genome
ORDER BY kind, name
