// Genes that a file says "looked, nothing found" about, branch by branch, with the lines that state it and the lines
// that state something all the same: positive evidence on a live term of the branch that is not its root.
// mode: read
// parameters: source, release, genome
// returns: namespace, gene, symbol, lines, data
MATCH (a:Annotation {source: $source})
USING INDEX a:Annotation(source)
WHERE a.evidence = 'ND' AND NOT a.negated
MATCH (a)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WHERE t.root AND NOT t.obsolete
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
WITH t.namespace AS namespace, g, collect(DISTINCT a.line) AS lines
RETURN namespace, g.id AS gene, g.symbol AS symbol, COLLECT { UNWIND lines AS line RETURN line ORDER BY line } AS lines,
  COLLECT {
    MATCH (g)<-[:MAPS_TO]-(p:Product {source: $source})<-[:OF]-(b:Annotation)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(u:Term)
    WHERE u.release = $release AND u.namespace = namespace AND NOT u.obsolete AND NOT u.root
      AND b.evidence <> 'ND' AND NOT b.negated
    RETURN DISTINCT b.line ORDER BY b.line
  } AS data
ORDER BY namespace, gene
