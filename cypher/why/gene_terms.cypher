// Live terms of a release that some files annotate a gene to, in any way.
// mode: read
// parameters: release, sources, genome, gene
// returns: term
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
MATCH (g)<-[:MAPS_TO]-(:Product)<-[:OF]-(a:Annotation)
WHERE a.source IN $sources
MATCH (a)-[:TO]->(:GoId)<-[:VERSION_OF|ALT_ID]-(t:Term)
WHERE t.release = $release AND NOT t.obsolete
RETURN DISTINCT t.id AS term
ORDER BY term
