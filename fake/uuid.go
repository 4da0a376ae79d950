package fake

// uuidLen is the length of a UUID as text.
const uuidLen = 36

// hexPairs holds the two hexadecimal digits of each byte.
type hexPairs [256][2]byte

func newHexPairs() *hexPairs {
	const digits = "0123456789abcdef"
	var t hexPairs
	for i := range t {
		t[i] = [2]byte{digits[i>>4], digits[i&15]}
	}
	return &t
}

// uuids makes the version 4 UUIDs of one sequence. Member i holds a bijection
// of i, so no two members are equal.
type uuids struct {
	a, b uint64
	hex  *hexPairs
}

// newUUIDs makes the sequence that is named by seed and name.
func newUUIDs(seed uint64, name string) uuids {
	n := hashName(name)
	return uuids{a: mix(seed ^ n), b: mix(mix(seed+1) ^ n), hex: newHexPairs()}
}

// append adds member i as text.
func (u uuids) append(dst []byte, i int64) []byte {
	k := uint64(i)                              //nolint:gosec // a row is not negative
	free, unique := mix(u.a^mix(k)), mix(u.b+k) //nolint:gosec // bits, not numbers
	hi := free&^0xf003 | 0x4000 | unique>>62
	lo := unique&(1<<62-1) | 1<<63
	n := len(dst)
	dst = append(dst, "00000000-0000-0000-0000-000000000000"...)
	d := (*[uuidLen]byte)(dst[n:])
	h := u.hex
	d[0], d[1] = h[byte(hi>>56)][0], h[byte(hi>>56)][1]
	d[2], d[3] = h[byte(hi>>48)][0], h[byte(hi>>48)][1]
	d[4], d[5] = h[byte(hi>>40)][0], h[byte(hi>>40)][1]
	d[6], d[7] = h[byte(hi>>32)][0], h[byte(hi>>32)][1]
	d[9], d[10] = h[byte(hi>>24)][0], h[byte(hi>>24)][1]
	d[11], d[12] = h[byte(hi>>16)][0], h[byte(hi>>16)][1]
	d[14], d[15] = h[byte(hi>>8)][0], h[byte(hi>>8)][1]
	d[16], d[17] = h[byte(hi)][0], h[byte(hi)][1]
	d[19], d[20] = h[byte(lo>>56)][0], h[byte(lo>>56)][1]
	d[21], d[22] = h[byte(lo>>48)][0], h[byte(lo>>48)][1]
	d[24], d[25] = h[byte(lo>>40)][0], h[byte(lo>>40)][1]
	d[26], d[27] = h[byte(lo>>32)][0], h[byte(lo>>32)][1]
	d[28], d[29] = h[byte(lo>>24)][0], h[byte(lo>>24)][1]
	d[30], d[31] = h[byte(lo>>16)][0], h[byte(lo>>16)][1]
	d[32], d[33] = h[byte(lo>>8)][0], h[byte(lo>>8)][1]
	d[34], d[35] = h[byte(lo)][0], h[byte(lo)][1]
	return dst
}
