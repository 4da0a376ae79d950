package api

import (
	"hash/maphash"
	"net/url"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/jsontext"
)

// position is where to go on after a page. It is stored between runs, and has no
// secrets.
type position struct {
	By   string `json:"by"` // Config.Paginate
	At   string `json:"at"` // page number, offset, cursor, or URL
	Page int64  `json:"page"`
	Rows int64  `json:"rows"` // before it
}

// mostEmpty is how many empty pages in a row are passed over where the server says
// that there are more rows.
const mostEmpty = 3

// pager says which page comes next. It is at the first one to begin with.
type pager struct {
	c      *Config
	base   *url.URL // with all that does not change
	border *borders
	auth   *authorizer

	page    int64 // number of the next one, from 1
	rows    int64 // before it
	number  int64 // page number or offset to ask for
	at      *url.URL
	cursor  string
	total   int64 // negative: not said
	empties int

	seed   maphash.Seed
	seen   map[uint64]struct{} // cursors and URLs that were asked for
	digest uint64              // of the rows of the last page
}

// newPager begins at from, which may be nil.
func newPager(c *Config, base *url.URL, b *borders, a *authorizer, from *position) (*pager, error) {
	p := &pager{c: c, base: base, border: b, auth: a, page: 1, total: -1, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	if c.Paginate == byPage {
		p.number = c.PageStart
	}
	if from == nil {
		p.visit(p.url().String())
		return p, nil
	}
	p.page, p.rows = from.Page, from.Rows
	var err error
	switch {
	case from.By != c.Paginate:
		err = errStale
	case c.Paginate == byPage, c.Paginate == byOffset:
		p.number, err = strconv.ParseInt(from.At, 10, 64)
	case c.Paginate == byCursor:
		p.cursor = from.At
		p.visit(p.cursor)
	default:
		if p.at, err = base.Parse(from.At); err == nil {
			err = b.permit(base, p.at, "the page that the last run stopped at")
			p.visit(p.at.String())
		}
	}
	if err != nil {
		return nil, fault.New(fault.Config, "the last run stopped before page %d, by %s, and cannot be continued: %w", from.Page, from.By, err).
			WithHint("--restart reads from the first page: rows that were committed come again, and only --key keeps them from being there twice")
	}
	return p, nil
}

var errStale = fault.New(fault.Config, "--paginate says something else now")

// url is what to ask for.
func (p *pager) url() *url.URL {
	u := *p.base
	switch p.c.Paginate {
	case byPage:
		u.RawQuery = setQuery(u.RawQuery, field{p.c.PageParam, strconv.FormatInt(p.number, 10)})
	case byOffset:
		u.RawQuery = setQuery(u.RawQuery, field{p.c.OffsetParam, strconv.FormatInt(p.number, 10)},
			field{p.c.LimitParam, strconv.FormatInt(p.c.Limit, 10)})
	case byCursor:
		if p.cursor != "" {
			u.RawQuery = setQuery(u.RawQuery, field{p.c.NextParam, p.cursor})
		}
	case byLink, byNext:
		if p.at != nil {
			return p.at
		}
	}
	if p.c.PageSizeParam != "" {
		u.RawQuery = setQuery(u.RawQuery, field{p.c.PageSizeParam, strconv.FormatInt(p.c.PageSize, 10)})
	}
	return &u
}

// endsAt404 reports whether a 404 now is the end.
func (p *pager) endsAt404() bool {
	return p.page > 1 && (p.c.Paginate == byPage || p.c.Paginate == byOffset)
}

// advance goes to the page behind one that was read. more is false where there is
// none.
func (p *pager) advance(a *answer, c *content) (more bool, err error) {
	n := int64(c.rows())
	if err := p.checkSame(c, n); err != nil {
		return false, err
	}
	p.page++
	p.rows += n
	switch p.c.Paginate {
	case byPage, byOffset:
		return p.count(c, n)
	case byLink:
		return p.follow(a, nextLink(a.header.Values("Link")))
	case byNext:
		text, err := p.nextText(c)
		if err != nil {
			return false, err
		}
		return p.follow(a, text)
	case byCursor:
		return p.nextCursor(c)
	}
	return false, nil
}

// checkSame finds a server that answers with the same page for ever.
func (p *pager) checkSame(c *content, n int64) error {
	var h maphash.Hash
	h.SetSeed(p.seed)
	if err := c.write(&h); err != nil {
		return err
	}
	digest := h.Sum64()
	if n > 0 && p.page > 1 && digest == p.digest {
		return fault.New(fault.HTTP, "pages %d and %d are the same %d rows: the server does not page the way --paginate %s says",
			p.page-1, p.page, n, p.c.Paginate)
	}
	p.digest = digest
	if n == 0 {
		p.digest = 0
	}
	return nil
}

// count is the way of page numbers and offsets.
func (p *pager) count(c *content, n int64) (more bool, err error) {
	if err := p.readTotal(c); err != nil {
		return false, err
	}
	p.step(n)
	switch {
	case p.total >= 0 && p.rows >= p.total:
		return false, nil
	case n > 0:
		p.empties = 0
		return p.total >= 0 || p.c.Paginate == byPage || n >= p.c.Limit, nil
	case p.total < 0:
		return false, nil
	}
	p.empties++
	return p.empties < mostEmpty && p.inTotal(), nil
}

// step moves the number on. An offset goes on behind the rows that came: a server
// may give fewer than it was asked for.
func (p *pager) step(n int64) {
	switch {
	case p.c.Paginate == byPage:
		p.number++
	case n > 0:
		p.number += n
	default:
		p.number += p.c.Limit
	}
}

// inTotal reports whether the total lets rows be where the next page is.
func (p *pager) inTotal() bool {
	switch {
	case p.c.Paginate == byOffset:
		return p.number < p.total
	case p.c.PageSize > 0:
		return (p.number-p.c.PageStart)*p.c.PageSize < p.total
	}
	return false
}

func (p *pager) readTotal(c *content) error {
	if p.c.Total == "" || !c.total.found && p.total >= 0 {
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(c.total.text), `"`), 10, 64)
	switch {
	case !c.total.found:
		return fault.New(fault.HTTP, "page %d has nothing at --total %s", p.page-1, p.c.Total)
	case err != nil, n < 0:
		return fault.New(fault.HTTP, "page %d has %.40s at --total %s, which is no number of rows", p.page-1, c.total.text, p.c.Total)
	}
	p.total = n
	return nil
}

// missing is how many rows the server says there are beside those it gave; 0
// where it did not say.
func (p *pager) missing() int64 { return max(0, p.total-p.rows) }

// nextText is the text at --next; "" where there is none.
func (p *pager) nextText(c *content) (string, error) {
	text := c.next.text
	switch {
	case !c.next.found, string(text) == "null", string(text) == "false":
		return "", nil
	case text[0] == '"':
		return string(jsontext.Unescape(nil, text[1:len(text)-1])), nil
	case p.c.Paginate == byCursor && (text[0] == '-' || text[0] >= '0' && text[0] <= '9'):
		return string(text), nil
	}
	return "", fault.New(fault.HTTP, "page %d has %.40s at --next %s, which is no text", p.page-1, text, p.c.Next)
}

func (p *pager) nextCursor(c *content) (more bool, err error) {
	p.cursor, err = p.nextText(c)
	if err != nil || p.cursor == "" {
		return false, err
	}
	if !p.visit(p.cursor) {
		return false, fault.New(fault.HTTP, "page %d names a cursor that another page had: the server leads in a circle", p.page-1)
	}
	return true, nil
}

func (p *pager) follow(a *answer, link string) (more bool, err error) {
	if link == "" {
		return false, nil
	}
	to, err := a.url.Parse(link)
	if err != nil {
		return false, fault.New(fault.HTTP, "page %d names a next page that is no URL", p.page-1)
	}
	to.User, to.Fragment, to.RawFragment = nil, "", ""
	if err := p.border.permit(a.url, to, "the next page"); err != nil {
		return false, err
	}
	p.at = to
	if !p.visit(to.String()) {
		return false, fault.New(fault.HTTP, "page %d names a next page that was read before: the server leads in a circle", p.page-1)
	}
	return true, nil
}

// visit notes a cursor or URL; false says that it was noted before.
func (p *pager) visit(text string) bool {
	key := maphash.String(p.seed, text)
	_, before := p.seen[key]
	p.seen[key] = struct{}{}
	return !before
}

// position is where to go on; nil where a secret would have to be stored.
func (p *pager) position() *position {
	out := &position{By: p.c.Paginate, Page: p.page, Rows: p.rows}
	switch p.c.Paginate {
	case byPage, byOffset:
		out.At = strconv.FormatInt(p.number, 10)
		return out
	case byCursor:
		out.At = p.cursor
	default:
		u := *p.at
		if originOf(&u) == originOf(p.base) {
			u.RawQuery = p.auth.unsign(u.RawQuery) // it is put on every request
			u.Scheme, u.Host = "", ""
		}
		out.At = u.String()
	}
	if p.border.secrets.Holds(out.At) {
		return nil
	}
	return out
}
