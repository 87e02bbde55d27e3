// Make a gene list visible.
// mode: write
// parameters: name
// returns: genes
MATCH (l:GeneList {name: $name})
SET l.status = 'ready', l.genes = COUNT { (l)-[:LISTS]->(:Gene) }
RETURN l.genes AS genes
