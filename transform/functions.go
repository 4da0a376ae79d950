package transform

// function says how a function may be called so that every engine gives the
// same answer.
type function struct {
	least, most int // arguments; most < 0 is no limit
	// pattern is the argument (from 1) that is a regular expression, 0 for none.
	pattern int
	// whole: the result is a whole number, so it may be cast to an integer.
	whole bool
	// aggregate: only in measures.
	aggregate bool
}

// functions are those that type files may call: each means the same in DuckDB
// and in Spark, where needed with the help of an engine's prelude.
func functions() map[string]function {
	return map[string]function{
		// conditions
		"coalesce": {least: 1, most: -1},
		"nullif":   {least: 2, most: 2},
		"greatest": {least: 2, most: -1},
		"least":    {least: 2, most: -1},
		"isnan":    {least: 1, most: 1},
		// text
		"lower":          {least: 1, most: 1},
		"upper":          {least: 1, most: 1},
		"trim":           {least: 1, most: 1},
		"ltrim":          {least: 1, most: 1},
		"rtrim":          {least: 1, most: 1},
		"length":         {least: 1, most: 1, whole: true},
		"substr":         {least: 2, most: 3},
		"substring":      {least: 2, most: 3},
		"replace":        {least: 3, most: 3},
		"translate":      {least: 3, most: 3},
		"lpad":           {least: 3, most: 3},
		"rpad":           {least: 3, most: 3},
		"repeat":         {least: 2, most: 2},
		"left":           {least: 2, most: 2},
		"right":          {least: 2, most: 2},
		"rlike":          {least: 2, most: 2, pattern: 2},
		"regexp_extract": {least: 3, most: 3, pattern: 2},
		"md5":            {least: 1, most: 1},
		// numbers
		"abs":   {least: 1, most: 1},
		"ceil":  {least: 1, most: 1, whole: true},
		"floor": {least: 1, most: 1, whole: true},
		"sign":  {least: 1, most: 1, whole: true},
		"exp":   {least: 1, most: 1},
		"power": {least: 2, most: 2},
		// dates and times
		"as_timestamp": {least: 1, most: 1},
		"year":         {least: 1, most: 1, whole: true},
		"quarter":      {least: 1, most: 1, whole: true},
		"month":        {least: 1, most: 1, whole: true},
		"day":          {least: 1, most: 1, whole: true},
		"hour":         {least: 1, most: 1, whole: true},
		"minute":       {least: 1, most: 1, whole: true},
		"weekofyear":   {least: 1, most: 1, whole: true},
		"dayofyear":    {least: 1, most: 1, whole: true},
		"last_day":     {least: 1, most: 1},
		"datediff":     {least: 2, most: 2, whole: true},
		"date_add":     {least: 2, most: 2},
		"date_sub":     {least: 2, most: 2},
		"date_format":  {least: 2, most: 2},
		// aggregates
		"count":    {least: 1, most: 1, whole: true, aggregate: true},
		"count_if": {least: 1, most: 1, whole: true, aggregate: true},
		"sum":      {least: 1, most: 1, aggregate: true},
		"avg":      {least: 1, most: 1, aggregate: true},
		"min":      {least: 1, most: 1, aggregate: true},
		"max":      {least: 1, most: 1, aggregate: true},
		"bool_and": {least: 1, most: 1, aggregate: true},
		"bool_or":  {least: 1, most: 1, aggregate: true},
	}
}

// instead says what to write in place of what engines do not agree on.
func instead() map[string]string {
	return map[string]string{
		"concat":         "NULLs are treated differently; write a || b",
		"concat_ws":      "NULLs are treated differently; write a || ' ' || b",
		"regexp_matches": "write rlike(text, pattern)",
		"regexp_like":    "write rlike(text, pattern)",
		"regexp_replace": "one engine replaces the first match, another all; there is no common form",
		"round":          "engines round floating point differently; cast to decimal(p,s), or use floor",
		"dayofweek":      "engines count the days of the week differently",
		"weekday":        "engines count the days of the week differently",
		"strftime":       "write date_format(time, 'yyyy-MM-dd')",
		"to_date":        "write cast(as_timestamp(column) as date)",
		"to_timestamp":   "write as_timestamp(column)",
		"date_trunc":     "engines return different types; build it from year, month and day",
		"date_diff":      "write datediff(end, start)",
		"if":             "write case when … then … else … end",
		"iff":            "write case when … then … else … end",
		"ifnull":         "write coalesce(a, b)",
		"nvl":            "write coalesce(a, b)",
		"pow":            "write power(a, b)",
		"hash":           "engines hash differently; md5(text) is the same everywhere",
		"now":            "a result must not depend on when it is made; _processed_timestamp says when a row was",
		"today":          "a result must not depend on when it is made",
		"random":         "a result must be the same when it is made again",
		"rand":           "a result must be the same when it is made again",
		"uuid":           "a result must be the same when it is made again",
		"first":          "which row comes first is not defined; use min or max",
		"last":           "which row comes last is not defined; use min or max",
		"any_value":      "which value it takes is not defined; use min or max",
		"mode":           "which of equally frequent values it takes is not defined",
		"median":         "engines interpolate differently",
		"string_agg":     "the order of the parts is not defined",
		"list":           "the order of the elements is not defined",
		"array_agg":      "the order of the elements is not defined",
	}
}
