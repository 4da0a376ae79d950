package duck

import (
	"os"
	"strconv"
	"strings"
)

// defaultShare is the part of the machine's or the cgroup's memory that the
// engine takes when the user names no limit.
const defaultShare = 0.6

// fallbackMemory is assumed, in bytes, where neither a cgroup nor /proc tells.
const fallbackMemory = 4 << 30

// DefaultMemory is 60 % of the memory that this process may use, in bytes: the
// smaller of the cgroup's limit and the machine's memory.
func DefaultMemory() int64 {
	total := machineMemory("/proc/meminfo")
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if limit := cgroupMemory(path); limit > 0 && limit < total {
			total = limit
		}
	}
	return int64(float64(total) * defaultShare)
}

func machineMemory(path string) int64 {
	data, err := os.ReadFile(path) //nolint:gosec // a fixed path of the kernel
	if err != nil {
		return fallbackMemory
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) >= 2 && fields[0] == "MemTotal:" {
			if kib, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return fallbackMemory
}

func cgroupMemory(path string) int64 {
	data, err := os.ReadFile(path) //nolint:gosec // a fixed path of the kernel
	if err != nil {
		return 0
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil { // "max": no limit
		return 0
	}
	return limit
}
