package nearest

// Of returns the member of have that is closest to want, or "" where none is
// close enough to be a slip of the keyboard.
func Of(want string, have []string) string {
	best, bestDistance := "", limit(want)+1
	for _, h := range have {
		if d := distance(want, h); d < bestDistance {
			best, bestDistance = h, d
		}
	}
	return best
}

// limit is how many edits still count as a slip: a third of the word, and two
// for short words, where one swap of letters already costs two.
func limit(want string) int { return max(2, len(want)/3) }

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
