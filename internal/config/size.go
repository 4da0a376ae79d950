package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseSize reads a size in bytes: 2GiB, 500MB, 1.5 gib, 4096. KB, MB, GB and TB
// are powers of 1000, KiB, MiB, GiB and TiB of 1024.
func ParseSize(text string) (int64, error) {
	number := strings.TrimSpace(text)
	end := strings.LastIndexAny(number, "0123456789.") + 1
	unit := strings.TrimSpace(number[end:])
	factor, ok := sizeUnit(strings.ToLower(unit))
	if !ok {
		if strings.Contains("kmgt", strings.ToLower(unit)) {
			u := strings.ToUpper(unit)
			return 0, fmt.Errorf("size %q: write %siB (of 1024) or %sB (of 1000)", text, u, u)
		}
		return 0, fmt.Errorf("size %q: the unit must be B, KB, MB, GB, TB, KiB, MiB, GiB or TiB", text)
	}
	n, err := strconv.ParseFloat(number[:end], 64)
	bytes := n * factor
	if err != nil || strings.Trim(number[:end], "0123456789.") != "" || bytes >= math.MaxInt64 { // a float64 of 2^63
		return 0, fmt.Errorf("size %q is not a size such as 2GiB or 500MB", text)
	}
	return int64(bytes), nil
}

func sizeUnit(unit string) (factor float64, ok bool) {
	switch unit {
	case "", "b":
		return 1, true
	case "kb":
		return 1e3, true
	case "mb":
		return 1e6, true
	case "gb":
		return 1e9, true
	case "tb":
		return 1e12, true
	case "kib":
		return 1 << 10, true
	case "mib":
		return 1 << 20, true
	case "gib":
		return 1 << 30, true
	case "tib":
		return 1 << 40, true
	}
	return 0, false
}
