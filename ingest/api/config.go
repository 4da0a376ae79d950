package api

import (
	"time"
)

// Ways to page through an answer: the values of Config.Paginate.
const (
	byNone   = "none"
	byPage   = "page"
	byOffset = "offset"
	byLink   = "link"
	byNext   = "next-url"
	byCursor = "cursor"
)

// Ways to authenticate: the values of Config.Auth.
const (
	authNone   = ""
	authBearer = "bearer"
	authBasic  = "basic"
	authHeader = "header"
	authQuery  = "query"
	authOAuth2 = "oauth2"
)

// Formats of an answer: the values of Config.Format.
const (
	formatAuto  = "auto"
	formatJSON  = "json"
	formatJSONL = "jsonl"
	formatCSV   = "csv"
)

// Config is what a source is told: by flags, and in df360.yaml. Secrets are
// references (env:NAME, file:PATH).
type Config struct {
	URL     string
	Dataset string   // in df360.yaml only
	Key     []string // columns; rows whose key and content are known are no new ones

	Records string // path of the rows in an answer; "" is the root
	Format  string // auto, json, jsonl, csv

	Params  []Pair
	Headers []Pair
	Body    string // file that is posted; "" is GET

	Auth               string // "" is none
	AuthName           string // of the header or parameter
	AuthUser           string
	AuthToken          string // reference
	AuthPassword       string // reference
	OAuth2TokenURL     string
	OAuth2ClientID     string
	OAuth2ClientSecret string // reference
	OAuth2Scope        string

	Paginate      string
	PageParam     string
	PageStart     int64
	PageSizeParam string // "" sends no size
	PageSize      int64
	OffsetParam   string
	LimitParam    string
	Limit         int64
	Next          string // path of the next URL or cursor in an answer
	NextParam     string
	Total         string // path of the number of all rows; "" is unknown

	IncrementalField string // path within a row; "" is none
	IncrementalParam string
	Lookback         time.Duration

	MaxPages     int64 // 0 is no limit
	BatchPages   int64 // 0 is one commit for all
	MaxBytes     int64 // of a run, after decompression
	Timeout      time.Duration
	Deadline     time.Duration // of the run; 0 is none
	Retries      int64
	MaxRetryWait time.Duration
	AllowOrigins []string

	set map[string]from // which settings were given, by name
}

// Pair is a parameter or a header.
type Pair struct {
	Name, Value string
	flag        bool // given on the command line
}

// from is where a setting was given.
type from int

const (
	fromFile from = iota + 1
	fromFlag
)

// Defaults of what bounds a run.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultMaxRetryWait = time.Minute
	DefaultMaxBytes     = 1 << 30
	DefaultRetries      = 5
	DefaultLimit        = 100
)

// NewConfig is a Config of defaults.
func NewConfig() *Config {
	return &Config{
		Format: formatAuto, Paginate: byNone,
		PageParam: "page", PageStart: 1, OffsetParam: "offset", LimitParam: "limit", Limit: DefaultLimit, NextParam: "cursor",
		MaxBytes: DefaultMaxBytes, Timeout: DefaultTimeout, Retries: DefaultRetries, MaxRetryWait: DefaultMaxRetryWait,
		set: map[string]from{},
	}
}

func (c *Config) given(name string) bool { return c.set[name] != 0 }

// method is POST where there is a body.
func (c *Config) method() string {
	if c.Body != "" {
		return "POST"
	}
	return "GET"
}
