// Number of annotations of two files by evidence code.
// mode: read
// parameters: older, newer
// returns: part, before, after
MATCH (a:Annotation)
USING INDEX a:Annotation(source)
WHERE a.source IN [$older, $newer]
RETURN a.evidence AS part, count(CASE WHEN a.source = $older THEN 1 END) AS before,
  count(CASE WHEN a.source = $newer THEN 1 END) AS after
ORDER BY part
