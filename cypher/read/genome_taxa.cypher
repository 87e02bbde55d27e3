// Taxa of a genome: its species and the strains of it; none if they were not stored.
// mode: read
// parameters: genome
// returns: taxa
MATCH (x:Genome {name: $genome})
RETURN coalesce(x.taxa, []) AS taxa
ORDER BY taxa
