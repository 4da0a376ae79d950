// Package pydatetime gives templates Python's datetime and pytz.
//
// It owns the types date, datetime and timedelta with their text, arithmetic,
// strftime and strptime, and the time zones that pytz names. It must not know who
// asks, nor read the clock: the caller gives it. It guarantees the text that
// CPython 3.11 prints in the C locale; zones are those of Go's database. A time
// without a zone is kept as one of UTC and marked.
package pydatetime
