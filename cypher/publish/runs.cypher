// All published runs, with the number of terms that they score.
// mode: read
// parameters: none
// returns: name, snapshot, dataset, models, published, terms
MATCH (r:Run {status: 'ready'})
OPTIONAL MATCH (r)-[:TRAINED_ON]->(s:Snapshot)
RETURN r.name AS name, s.name AS snapshot, r.dataset AS dataset, r.models AS models, r.published AS published,
  COUNT { (r)-[:SCORED]->() } AS terms
ORDER BY name
