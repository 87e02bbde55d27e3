// Number of genes of a genome.
// mode: read
// parameters: genome
// returns: genes
MATCH (g:Gene {genome: $genome})
USING INDEX g:Gene(genome)
RETURN count(g) AS genes
ORDER BY genes
