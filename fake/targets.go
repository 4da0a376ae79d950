package fake

import "bytes"

// userTargets: a broken address fails email_valid, an age out of range
// age_range.
func userTargets() targets {
	return targets{
		time: 8, nullable: []int{1, 2, 3, 4, 5, 6, 7, 8},
		spoiled: []spoiler{
			{column: 2, text: func(text []byte) { text[bytes.IndexByte(text, '@')] = '#' }},
			{column: 7, number: func(_ int64, r uint64) int64 {
				if r&1 == 0 {
					return -1 - int64(r>>1%40)
				}
				return 121 + int64(r>>1%80)
			}},
		},
	}
}

// transactionTargets: an amount of nothing or less fails amount_positive, an
// unknown status status_valid.
func transactionTargets() targets {
	return targets{
		time: 8, nullable: []int{1, 2, 3, 4, 5, 6, 7, 8},
		spoiled: []spoiler{
			{column: 2, number: func(old int64, r uint64) int64 {
				if r&3 == 0 {
					return 0
				}
				return -old
			}},
			{column: 7, words: []string{"COMPLETED", "cancelled", "unknown", ""}},
		},
	}
}

// logTargets: an unknown level fails level_valid.
func logTargets() targets {
	return targets{
		time: 1, nullable: []int{1, 2, 3, 4, 5, 6, 7},
		spoiled: []spoiler{{column: 2, words: []string{"info", "WARN", "FATAL", "TRACE"}}},
	}
}
