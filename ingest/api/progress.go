package api

import (
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/url"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// state is what is kept of a stream between runs.
type state struct {
	// Cursor is the highest value of the incremental field, as the server wrote
	// it; "" where there is none.
	Cursor string `json:"cursor"`
	// Hash is sha256 of all rows of the last whole answer, in hex.
	Hash string `json:"hash"`
	// Resume is where a run stopped; nil where the last one read everything.
	Resume *resume `json:"resume"`
	// Again says that a run stopped where no other can go on, so that the next
	// one reads its rows again.
	Again bool `json:"again"`
}

// resume is how a run goes on that stopped on its way.
type resume struct {
	position
	Since string `json:"since"` // what it asked from; "" is everything
	High  string `json:"high"`  // the highest value so far
	Hash  string `json:"hash"`  // the state of the hash so far
	Again bool   `json:"again"` // rows may have been read before it began
}

// patch is how s becomes to, as a merge patch (RFC 7396).
func (s state) patch(to state) map[string]any {
	out := map[string]any{}
	if to.Cursor != s.Cursor {
		out["cursor"] = to.Cursor
	}
	if to.Hash != s.Hash {
		out["hash"] = to.Hash
	}
	if to.Again != s.Again {
		out["again"] = to.Again
	}
	switch {
	case to.Resume != nil:
		out["resume"] = to.Resume // all members, always: no old one stays
	case s.Resume != nil:
		out["resume"] = nil
	}
	return out
}

func (s state) equal(o state) bool {
	same := s.Cursor == o.Cursor && s.Hash == o.Hash && s.Again == o.Again && (s.Resume == nil) == (o.Resume == nil)
	return same && (s.Resume == nil || *s.Resume == *o.Resume)
}

// readState is what progress says of a stream.
func readState(progress json.RawMessage, stream string) (state, error) {
	if len(progress) == 0 {
		return state{}, nil
	}
	var all map[string]state
	if err := json.Unmarshal(progress, &all); err != nil {
		return state{}, fault.New(fault.Corrupt, "the progress of the source cannot be read: %w", err)
	}
	return all[stream], nil
}

// streamName tells what is read from other things that are read into the same
// dataset: it is the source's name, or its URL. What the command line says about
// which rows are asked for is part of it, in a form that cannot be read back.
func (c *Config) streamName(name string, base *url.URL) string {
	out := name
	var asked []string
	if name == "" || c.set["url"] == fromFlag {
		u := *base
		u.RawQuery, u.ForceQuery = "", false
		if name == "" {
			out = u.String()
		}
		for pair := range strings.SplitSeq(base.RawQuery, "&") {
			key, value, _ := strings.Cut(pair, "=")
			if plain, err := url.QueryUnescape(key); err == nil && secret.IsSecretName(plain) {
				value = ""
			}
			if pair != "" {
				asked = append(asked, "query "+key+"="+value)
			}
		}
	}
	for _, p := range c.Params {
		if p.flag && !secret.IsSecretName(p.Name) {
			asked = append(asked, "param "+p.Name+"="+p.Value)
		}
	}
	for _, s := range []struct{ name, value string }{{"records", c.Records}, {"body", c.Body}} {
		if c.set[s.name] == fromFlag {
			asked = append(asked, s.name+" "+s.value)
		}
	}
	if len(asked) == 0 {
		return out
	}
	slices.Sort(asked)
	sum := sha256.Sum256([]byte(strings.Join(asked, "\n")))
	return out + "?" + hex.EncodeToString(sum[:6])
}

// saveHash is the state of a hash as a text.
func saveHash(h hash.Hash) (string, error) {
	data, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	return base64.StdEncoding.EncodeToString(data), err
}

// loadHash is a hash that goes on where saveHash was.
func loadHash(text string) (hash.Hash, error) {
	h := sha256.New()
	if text == "" {
		return h, nil
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		err = h.(encoding.BinaryUnmarshaler).UnmarshalBinary(data)
	}
	if err != nil {
		return nil, fault.New(fault.Corrupt, "the progress of the source has no hash that can be read: %w", err)
	}
	return h, nil
}
