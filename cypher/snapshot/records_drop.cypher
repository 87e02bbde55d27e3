// Mark the pairs that have no record left: each record is outside the days or has one of the codes.
// mode: write
// parameters: snapshot, stage, exclude, asserted_from, asserted_until
// returns: dropped
MATCH (s:SnapTerm {snapshot: $snapshot})
USING INDEX s:SnapTerm(snapshot)
MATCH (s)-[raw:RAW_GENE]->()
WHERE raw.dropped IS NULL
WITH raw, raw.evidence AS evidence, raw.dates AS dates
WHERE none(i IN range(0, size(evidence) - 1)
  WHERE NOT evidence[i] IN $exclude
    AND ($asserted_from IS NULL OR dates[i] >= $asserted_from)
    AND ($asserted_until IS NULL OR dates[i] <= $asserted_until))
SET raw.dropped = $stage
RETURN count(*) AS dropped
