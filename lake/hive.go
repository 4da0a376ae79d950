package lake

import (
	"net/url"
	"path"
	"strings"
)

// hiveValues reads k=v folders of a path: the partition's columns in order and
// their values, nil for NULL.
func hiveValues(file string) (keys []string, values map[string]*string) {
	values = map[string]*string{}
	for _, part := range strings.Split(path.Dir(file), "/") {
		k, v, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		k = unescapeHive(k)
		keys = append(keys, k)
		if v == hiveNull {
			values[k] = nil
			continue
		}
		v = unescapeHive(v)
		values[k] = &v
	}
	return keys, values
}

// hiveNull stands for NULL in a folder's name.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// unescapeHive undoes the percent escapes that engines use in folder names.
func unescapeHive(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
