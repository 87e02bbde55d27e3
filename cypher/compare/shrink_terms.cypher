// Number of live terms of two releases by branch.
// mode: read
// parameters: older, newer
// returns: part, before, after
MATCH (t:Term)
USING INDEX t:Term(release)
WHERE t.release IN [$older, $newer] AND NOT t.obsolete
RETURN coalesce(t.namespace, 'no namespace') AS part, count(CASE WHEN t.release = $older THEN 1 END) AS before,
  count(CASE WHEN t.release = $newer THEN 1 END) AS after
ORDER BY part
