// Gene lists of a genome.
// mode: read
// parameters: genome
// returns: name
MATCH (l:GeneList {genome: $genome})
RETURN l.name AS name
ORDER BY name
