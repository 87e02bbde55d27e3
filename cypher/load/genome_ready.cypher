// Make a genome visible.
// mode: write
// parameters: name
// returns: genes
MATCH (x:Genome {name: $name})
CALL (x) {
  MATCH (g:Gene {genome: x.name})
  RETURN count(g) AS genes
}
SET x.status = 'ready', x.genes = genes
RETURN genes
