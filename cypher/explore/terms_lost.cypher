// Terms with annotations in an earlier file and none in a later one, without NOT, those that lost most genes first.
// mode: read
// parameters: release, genome, old, new, limit
// returns: id, name, namespace, genes, evidence
// $release: release = newest; the ontology release
// $genome: genome = only; the genome that genes are looked up in
// $old: source = oldest; the earlier annotation file
// $new: source = newest; the later annotation file
// $limit: number = 200; rows at most
// example: old=sgd-2011 new=goa-2019
MATCH (a:Annotation {source: $old})
USING INDEX a:Annotation(source)
WHERE NOT a.negated
MATCH (a)-[:TO]->(i:GoId)
WITH DISTINCT i
MATCH (i)<-[:VERSION_OF|ALT_ID]-(t:Term {release: $release})
WHERE NOT t.obsolete
WITH DISTINCT t
WHERE NOT EXISTS {
  MATCH (t)-[:VERSION_OF|ALT_ID]->(:GoId)<-[:TO]-(b:Annotation)
  WHERE b.source = $new AND NOT b.negated
}
MATCH (t)-[:VERSION_OF|ALT_ID]->(:GoId)<-[:TO]-(a:Annotation)
WHERE a.source = $old AND NOT a.negated
MATCH (a)-[:OF]->(:Product)-[:MAPS_TO]->(g:Gene {genome: $genome})
WITH t, count(DISTINCT g) AS genes, collect(DISTINCT a.evidence) AS evidence
RETURN t.id AS id, t.name AS name, t.namespace AS namespace, genes,
  COLLECT { UNWIND evidence AS code RETURN code ORDER BY code } AS evidence
ORDER BY genes DESC, id
LIMIT $limit
