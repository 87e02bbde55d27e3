// Candidate terms that a snapshot started from for a gene: kept or not, by which stage, and whether the pair
// survived.
// mode: read
// parameters: snapshot, genome, gene, limit
// returns: term, name, kept, stage, reason, evidence, dropped
// $snapshot: snapshot = newest; the snapshot
// $genome: genome = only; the genome of the snapshot
// $gene: gene; the gene, by any of its names
// $limit: number = 200; rows at most
// example: gene=RAD51
MATCH (:Gene {genome: $genome, id: $gene})<-[raw:RAW_GENE]-(s:SnapTerm {snapshot: $snapshot})
RETURN s.id AS term, s.name AS name, s.kept AS kept, s.stage AS stage, s.reason AS reason, raw.evidence AS evidence,
  raw.dropped AS dropped
ORDER BY term
LIMIT $limit
