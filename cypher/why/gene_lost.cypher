// What some files say about a gene that leads to no live term of a release: obsolete and unknown ids.
// mode: read
// parameters: release, sources, genome, gene
// returns: stated, rows
MATCH (g:Gene {genome: $genome, id: $gene})
USING INDEX g:Gene(genome, id)
MATCH (g)<-[:MAPS_TO]-(:Product)<-[:OF]-(a:Annotation)
WHERE a.source IN $sources
MATCH (a)-[:TO]->(i:GoId)
WHERE NOT EXISTS { MATCH (i)<-[:VERSION_OF|ALT_ID]-(t:Term) WHERE t.release = $release AND NOT t.obsolete }
RETURN i.id AS stated, count(*) AS rows
ORDER BY stated
