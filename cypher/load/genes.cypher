// Genes of one genome.
// mode: write
// parameters: genome, rows
// returns: none
UNWIND $rows AS row
CREATE (g:Gene)
SET g = row, g.genome = $genome
