package duckdb

// prelude are the macros that give functions of the portable core the meaning
// that they have in Spark, or that DuckDB has under another name.
func prelude() []string {
	const anchored = `'(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z'`
	return []string{
		// $ at the end of a pattern also matches before one final line terminator.
		`rlike(s, p) AS regexp_matches(s, CASE WHEN right(p, 1) = '$' THEN left(p, length(p) - 1) || ` + anchored + ` ELSE p END)`,
		// Blanks only, no other white space.
		`ltrim(s) AS system.main.ltrim(s, ' '), (s, c) AS system.main.ltrim(s, c)`,
		`rtrim(s) AS system.main.rtrim(s, ' '), (s, c) AS system.main.rtrim(s, c)`,
		`trim(s) AS system.main.trim(s, ' '), (s, c) AS system.main.trim(s, c)`,
		`datediff(e, s) AS date_diff('day', CAST(s AS DATE), CAST(e AS DATE))`,
		`date_add(d, n) AS CAST(d AS DATE) + CAST(n AS INTEGER)`,
		`date_sub(d, n) AS CAST(d AS DATE) - CAST(n AS INTEGER)`,
		`two(n) AS lpad(CAST(n AS VARCHAR), 2, '0')`,
		`date_format(t, f) AS replace(replace(replace(replace(replace(replace(f, 'yyyy', lpad(CAST(year(t) AS VARCHAR), 4, '0')), 'MM', two(month(t))), 'dd', two(day(t))), 'HH', two(hour(CAST(t AS TIMESTAMP)))), 'mm', two(minute(CAST(t AS TIMESTAMP)))), 'ss', two(second(CAST(t AS TIMESTAMP))))`,
		`timestamp_micros(m) AS make_timestamp(m)`,
		`zone_minutes(s, p) AS (CASE WHEN regexp_extract(s, p, 1) = '-' THEN -1 ELSE 1 END) * (coalesce(try_cast(regexp_extract(s, p, 2) AS BIGINT), 0) * 60 + coalesce(try_cast(regexp_extract(s, p, 3) AS BIGINT), 0))`,
		// The text has the form of a time already; the engine's own cast takes no
		// zone after a time without seconds.
		`text_timestamp(s) AS try_cast(regexp_extract(s, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9:.]+)?') AS TIMESTAMP) - to_minutes(zone_minutes(s, ':[0-9.]+ ?([+-])([0-9]{1,2}):?([0-9]{2})?\s*$'))`,
		`sort_array(l) AS list_sort(l)`,
		`xxhash64(a) AS hash(a), (a, b) AS hash(a, b), (a, b, c) AS hash(a, b, c)`,
	}
}
