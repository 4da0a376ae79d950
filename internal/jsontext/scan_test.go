package jsontext_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kalpafall/df360/internal/jsontext"
)

func valid() []string {
	return []string{
		`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `-0.0e+10`, `1E400`, `123456789012345678901234567890`, `""`,
		` { "a" : [ 1 , 2.5e-3 , "x" , null , { } ] , "b" : { "c" : [ [ ] ] } } `, "\t\r\n[\n1\n,\n2\n]\n",
		`"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00\uD83D\uDE00"`, `"é😀 long enough to be read in words of eight bytes"`,
		"\"\x7f\"", `{"a":1,"a":2}`, `{"":0}`, strings.Repeat("[", jsontext.MaxDepth) + strings.Repeat("]", jsontext.MaxDepth),
	}
}

// invalid are texts, and what is said of them; "" says that they end too early.
func invalid() map[string]string {
	return map[string]string{
		``: "", ` `: "", `[`: "", `{"a"`: "", `{"a":`: "", `"abc`: "", `"\`: "", `"\u12`: "", `-`: "", `1.`: "", `1e`: "", `tru`: "", `[1,`: "",
		`"\ud83d`: "", `"\ud83d\`: "", `"\ud83d\u`: "", `"\ud83d\ude0`: "", "\"\xe2\x82": "",
		`01`: "leading zero", `-01`: "leading zero", `+1`: "unexpected '+'", `.5`: "unexpected '.'", `1.e5`: "'e' in a number", `1e+x`: "'x' in a number",
		`NaN`: "unexpected 'N'", `Infinity`: "unexpected 'I'", `nul1`: "unexpected 'n'", `True`: "unexpected 'T'", `'a'`: `unexpected '\''`,
		`1.2.3`: "too many signs", `1-2`: "too many signs", `--1`: "'-' in a number",
		`[1,]`: "unexpected ']'", `{"a":1,}`: "'}' where a member's name should be", `{a:1}`: "'a' where a member's name should be",
		`{"a" 1}`: "where a colon should be", `[1 2]`: "where a comma", `{"a":1 "b":2}`: "where a comma",
		`{} x`: "more text behind", `{}{}`: "more text behind", "\ufeff{}": "unexpected",
		"\"a\x00\"": "control character 0x00", "\"a\nb\"": "control character 0x0a", "\"\xff\"": "the byte 0xff", "\"\xc3(\"": "not UTF-8", "\"\xed\xa0\x80\"": "not UTF-8",
		`"\x41"`: `the escape \x`, `"\u00g0"`: "'g' in an escape",
		`"\ud83d"`: "half of a surrogate pair", `"\ud83dx"`: "half of a surrogate pair", `"\ude00\ud83d"`: "half of a surrogate pair",
		`"\ud83d\n"`: "half of a surrogate pair", `"\ud83d\u0041"`: "half of a surrogate pair", `"\u1"`: `'"' in an escape`, `"\ud83d\u1"`: `'"' in an escape`,
		strings.Repeat("[", jsontext.MaxDepth+1):     "more than 512 levels",
		strings.Repeat(`{"a":`, jsontext.MaxDepth+1): "more than 512 levels",
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for _, text := range valid() {
		if err := jsontext.Valid([]byte(text)); err != nil {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	for text, says := range invalid() {
		err := jsontext.Valid([]byte(text))
		switch {
		case err == nil:
			t.Errorf("%.40q was taken", text)
		case says == "" && !errors.Is(err, jsontext.ErrEnd):
			t.Errorf("%.40q: %v, want the end", text, err)
		case !strings.Contains(err.Error(), says):
			t.Errorf("%.40q: %v, want it to say %q", text, err, says)
		}
	}
}

func TestValueEndsBehindItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		end  int
	}{
		{`{"a":[1]} {`, 9}, {`"x","y"`, 3}, {`12,`, 2}, {`-0.5]`, 4}, {`null}`, 4}, {`trueish`, 4}, {`[[],[]][`, 7},
	} {
		if end, err := jsontext.Value([]byte(c.text), 0); err != nil || end != c.end {
			t.Errorf("%q ends at %d, %v; want %d", c.text, end, err, c.end)
		}
	}
}

func TestSyntaxErrorsNameTheByte(t *testing.T) {
	t.Parallel()
	err := jsontext.Valid([]byte(`{"a": 01}`))
	var syntax *jsontext.SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset != 6 {
		t.Errorf("%v; want byte 7", err)
	}
}

func TestKeyReadsNameAndColon(t *testing.T) {
	t.Parallel()
	data := []byte(`{"na\u006de" : 1}`)
	end, plain, next, err := jsontext.Key(data, 1)
	if err != nil || plain || string(data[2:end]) != `na\u006de` || data[next] != '1' {
		t.Errorf("end %d, plain %t, next %d, %v", end, plain, next, err)
	}
}
