package columns

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how many bytes the name of a column may have: as in PostgreSQL.
const maxName = 63

// CleanName is what a column that a source calls raw is called in a lake: lower
// case, letters and digits of any script, _ for everything else; over 63 bytes
// it is cut, with a hash of the whole. An empty one is "": it has no name.
func CleanName(raw string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, strings.TrimSpace(raw))
	return shorten(name, raw)
}

func shorten(name, raw string) string {
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(raw))
	end := maxName - 9
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "_" + hex.EncodeToString(sum[:4])
}

// cleanField is the name of a nested field: as it is, but for what other readers
// of the lake's tables cannot have in a name.
func cleanField(raw string) string {
	if raw == "" {
		return "_"
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ,;{}()\n\t=", r) || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, raw)
}

// Namer gives out names, none twice, whatever the case. It holds, for each name
// that is taken, the number to try next behind it.
type Namer map[string]int

// Reserve takes a name without giving it out.
func (n Namer) Reserve(name string) {
	name = strings.ToLower(name)
	n[name] = max(n[name], 2)
}

// Column is the name for a column that a source calls raw and has at place
// (1-based), which is its name where it has no other.
func (n Namer) Column(raw string, place int) string {
	name := CleanName(raw)
	if name == "" {
		name = "column_" + strconv.Itoa(place)
	}
	return n.unique(name)
}

func (n Namer) unique(name string) string {
	out := name
	for i := n[strings.ToLower(name)]; n[strings.ToLower(out)] > 0; i++ {
		n[strings.ToLower(name)] = i + 1
		suffix := "_" + strconv.Itoa(i)
		cut := name
		for len(cut)+len(suffix) > maxName && len(name) <= maxName {
			_, size := utf8.DecodeLastRuneInString(cut)
			cut = cut[:len(cut)-size]
		}
		out = cut + suffix
	}
	n.Reserve(out)
	return out
}
