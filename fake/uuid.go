package fake

import "encoding/binary"

// uuidLen is the length of a UUID as text.
const uuidLen = 36

// hexPairs holds the two hexadecimal digits of each byte, as they lie in
// memory.
type hexPairs [256]uint16

func newHexPairs() *hexPairs {
	const digits = "0123456789abcdef"
	var t hexPairs
	for i := range t {
		t[i] = uint16(digits[i>>4]) | uint16(digits[i&15])<<8
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
	k := uint64(i) //nolint:gosec // a row is not negative
	free, unique := mix(u.a^mix(k)), mix(u.b+k)
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], free&^0xf003|0x4000|unique>>62)
	binary.BigEndian.PutUint64(b[8:], unique&(1<<62-1)|1<<63)
	dst = append(dst, "00000000-0000-0000-0000-000000000000"...)
	d := (*[uuidLen]byte)(dst[len(dst)-uuidLen:])
	h := u.hex
	binary.LittleEndian.PutUint16(d[0:], h[b[0]])
	binary.LittleEndian.PutUint16(d[2:], h[b[1]])
	binary.LittleEndian.PutUint16(d[4:], h[b[2]])
	binary.LittleEndian.PutUint16(d[6:], h[b[3]])
	binary.LittleEndian.PutUint16(d[9:], h[b[4]])
	binary.LittleEndian.PutUint16(d[11:], h[b[5]])
	binary.LittleEndian.PutUint16(d[14:], h[b[6]])
	binary.LittleEndian.PutUint16(d[16:], h[b[7]])
	binary.LittleEndian.PutUint16(d[19:], h[b[8]])
	binary.LittleEndian.PutUint16(d[21:], h[b[9]])
	binary.LittleEndian.PutUint16(d[24:], h[b[10]])
	binary.LittleEndian.PutUint16(d[26:], h[b[11]])
	binary.LittleEndian.PutUint16(d[28:], h[b[12]])
	binary.LittleEndian.PutUint16(d[30:], h[b[13]])
	binary.LittleEndian.PutUint16(d[32:], h[b[14]])
	binary.LittleEndian.PutUint16(d[34:], h[b[15]])
	return dst
}
