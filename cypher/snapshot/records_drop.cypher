// Drop records from the current genes; a gene goes when it has no record left.
// mode: write
// parameters: snapshot, exclude, asserted_from, asserted_until
// returns: touched
MATCH (s:SnapTerm {snapshot: $snapshot, kept: true})
USING INDEX s:SnapTerm(snapshot, kept)
MATCH (s)-[link:GENE]->(:Gene)
WITH link, [i IN range(0, size(link.evidence) - 1)
  WHERE NOT link.evidence[i] IN $exclude
    AND ($asserted_from IS NULL OR link.dates[i] >= $asserted_from)
    AND ($asserted_until IS NULL OR link.dates[i] <= $asserted_until)] AS left
WHERE size(left) < size(link.evidence)
SET link.evidence = [i IN left | link.evidence[i]], link.dates = [i IN left | link.dates[i]]
WITH link
WHERE size(link.evidence) = 0
DELETE link
RETURN count(*) AS touched
