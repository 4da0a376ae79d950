package jinja

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

func filterWordwrap(c *Call) (Value, error) {
	a, err := c.Bind("do_wordwrap", "s", "width=", "break_long_words=", "wrapstring=", "break_on_hyphens=")
	if err != nil {
		return nil, err
	}
	w := wrapper{long: isAbsent(a[2]) || Truth(a[2]), hyphens: isAbsent(a[4]) || Truth(a[4])}
	n, err := needInt(a[1], 79)
	if err != nil {
		return nil, err
	}
	sep := "\n"
	if Given(a[3]) && a[3] != nil {
		if sep, err = str(a[3]); err != nil {
			return nil, err
		}
	}
	s, ok := text(a[0])
	if !ok {
		return nil, noAttribute(a[0], "splitlines")
	}
	if n <= 0 && s != "" {
		return nil, Errorf(ValueError, "invalid width %d (must be > 0)", n)
	}
	w.width = int(min(n, 1<<31))
	var out []string
	for _, line := range splitLines(s, false) {
		out = append(out, strings.Join(w.wrap(line), sep))
	}
	return strings.Join(out, sep), nil
}

// wrapper breaks a line as Python's textwrap does.
type wrapper struct {
	width         int
	long, hyphens bool
}

func (w wrapper) wrap(line string) []string {
	chunks := w.chunks([]rune(line))
	var out []string
	for len(chunks) > 0 {
		var cur [][]rune
		size := 0
		if len(out) > 0 && blank(chunks[0]) {
			chunks = chunks[1:]
		}
		for len(chunks) > 0 && size+len(chunks[0]) <= w.width {
			size += len(chunks[0])
			cur = append(cur, chunks[0])
			chunks = chunks[1:]
		}
		if len(chunks) > 0 && len(chunks[0]) > w.width {
			switch {
			case w.long:
				end := w.breakAt(chunks[0], w.width-size)
				cur = append(cur, chunks[0][:end])
				chunks[0] = chunks[0][end:]
			case len(cur) == 0:
				cur = append(cur, chunks[0])
				chunks = chunks[1:]
			}
		}
		if n := len(cur); n > 0 && blank(cur[n-1]) {
			cur = cur[:n-1]
		}
		if len(cur) > 0 {
			out = append(out, string(slices.Concat(cur...)))
		}
	}
	return out
}

func blank(r []rune) bool {
	return !slices.ContainsFunc(r, func(c rune) bool { return !isSpace(c) })
}

// breakAt is where a word is cut that is too long.
func (w wrapper) breakAt(word []rune, left int) int {
	if !w.hyphens {
		return left
	}
	for h := left - 1; h > 0; h-- {
		if word[h] == '-' && slices.ContainsFunc(word[:h], func(c rune) bool { return c != '-' }) {
			return h + 1
		}
	}
	return left
}

// chunks takes a line apart into words, parts of hyphenated words, and blanks.
func (w wrapper) chunks(line []rune) [][]rune {
	var out [][]rune
	for start := 0; start < len(line); {
		end := start
		space := isSpace(line[start])
		for end < len(line) && isSpace(line[end]) == space {
			end++
		}
		if space {
			out = append(out, line[start:end])
		} else {
			out = append(out, w.parts(line[start:end])...)
		}
		start = end
	}
	return out
}

func (w wrapper) parts(r []rune) [][]rune {
	if !w.hyphens {
		return [][]rune{r}
	}
	var out [][]rune
	letter := func(i int) bool { return i >= 0 && i < len(r) && unicode.IsLetter(r[i]) }
	wordy := func(i int) bool { return i >= 0 && i < len(r) && isWord(r[i]) }
	start := 0
	for i := range r {
		if r[i] == '-' && letter(i-1) && wordy(i-2) && i-2 >= start && wordy(i+1) && letter(i+2) {
			out = append(out, r[start:i+1])
			start = i + 1
		}
	}
	return append(out, r[start:])
}

func filterURLize(c *Call) (Value, error) {
	a, err := c.Bind("do_urlize", "value", "trim_url_limit=", "nofollow=", "target=", "rel=", "extra_schemes=")
	if err != nil {
		return nil, err
	}
	u := urlizer{limit: -1}
	if Given(a[1]) && a[1] != nil {
		n, err := needInt(a[1], 0)
		if err != nil {
			return nil, err
		}
		u.limit = int(n)
	}
	rel := map[string]bool{}
	if Given(a[4]) && a[4] != nil {
		for _, x := range words(Str(a[4])) {
			rel[x] = true
		}
	}
	if isTrue(a[2]) {
		rel["nofollow"] = true
	}
	rel["noopener"] = true
	u.attrs = ` rel="` + escapeHTML(strings.Join(sortedKeys(rel), " ")) + `"`
	if isTrue(a[3]) {
		u.attrs += ` target="` + escapeHTML(Str(a[3])) + `"`
	}
	if Given(a[5]) && a[5] != nil {
		schemes, err := toSlice(a[5])
		if err != nil {
			return nil, err
		}
		for _, s := range schemes {
			u.schemes = append(u.schemes, Str(s))
		}
	}
	u.http = regexp.MustCompile(`(?i)^((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})|([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)|(https?://)((([\d]{1,3})(\.[\d]{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}\])))(?::[\d]{1,5})?(?:[/?#]\S*)?$`)
	u.mail = regexp.MustCompile(`^\S+@\w[\w.-]*\.\w+$`)
	m, err := escape(a[0])
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	w := wrapper{}
	for _, word := range w.chunks([]rune(string(m))) {
		b.WriteString(u.word(string(word)))
	}
	if c.escaping() {
		return Markup(b.String()), nil
	}
	return b.String(), nil
}

type urlizer struct {
	limit      int
	attrs      string
	schemes    []string
	http, mail *regexp.Regexp
}

// word makes a link of a word that is an address, but not of brackets around it.
func (u urlizer) word(s string) string {
	lead, trail := 0, len(s)
	for n := 1; n > 0; lead += n {
		n = 0
		for _, p := range []string{"(", "<", "&lt;"} {
			if strings.HasPrefix(s[lead:], p) {
				n = len(p)
				break
			}
		}
	}
	for n := 1; n > 0; trail -= n {
		n = 0
		for _, p := range []string{")", ">", ".", ",", "\n", "&gt;"} {
			if strings.HasSuffix(s[lead:trail], p) {
				n = len(p)
				break
			}
		}
	}
	head, tail := s[:lead], s[trail:]
	s = s[lead:trail]
	for _, p := range [][2]string{{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}} {
		n := strings.Count(s, p[0])
		if n <= strings.Count(s, p[1]) {
			continue
		}
		for range min(n, strings.Count(tail, p[1])) {
			end := strings.Index(tail, p[1]) + len(p[1])
			s, tail = s+tail[:end], tail[end:]
		}
	}
	return head + u.link(s) + tail
}

func (u urlizer) link(s string) string {
	shown := s
	if u.limit >= 0 && textLen(s) > u.limit {
		shown = s[:offset(s, u.limit)] + "..."
	}
	switch {
	case u.http.MatchString(s):
		url := s
		if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
			url = "https://" + s
		}
		return `<a href="` + url + `"` + u.attrs + `>` + shown + `</a>`
	case strings.HasPrefix(s, "mailto:") && u.mail.MatchString(s[7:]):
		return `<a href="` + s + `">` + s[7:] + `</a>`
	case strings.Contains(s, "@") && !strings.HasPrefix(s, "www.") && !strings.HasPrefix(s, "@") &&
		!strings.Contains(s, ":") && u.mail.MatchString(s):
		return `<a href="mailto:` + s + `">` + s + `</a>`
	}
	for _, scheme := range u.schemes {
		if s != scheme && strings.HasPrefix(s, scheme) {
			return `<a href="` + s + `"` + u.attrs + `>` + s + `</a>`
		}
	}
	return s
}
