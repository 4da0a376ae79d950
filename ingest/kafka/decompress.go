package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// errTooLarge says that a batch decompresses to more than the cap.
var errTooLarge = errors.New("it decompresses to more than the memory limit allows")

// codec is a batch's compression: the lowest three bits of its attributes.
type codec uint8

// The codecs of Kafka.
const (
	codecNone codec = iota
	codecGzip
	codecSnappy
	codecLZ4
	codecZstd
)

// decompressor decompresses batches, one at a time, into memory of their own:
// at most cap bytes, however little they come from.
type decompressor struct {
	cap  int
	gzip *gzip.Reader
	lz4  *lz4.Reader
	zstd *zstd.Decoder
	from bytes.Reader
	into bytes.Buffer // of the codecs that do not tell a length before
}

func (d *decompressor) close() {
	if d.zstd != nil {
		d.zstd.Close()
	}
}

// Decompress returns src decompressed.
func (d *decompressor) decompress(src []byte, c codec) ([]byte, error) {
	switch c {
	case codecNone:
		return src, nil
	case codecSnappy:
		return d.snappy(src)
	case codecZstd:
		if d.zstd == nil {
			var err error
			d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxMemory(uint64(d.cap))) //nolint:gosec // positive
			if err != nil {
				return nil, err
			}
		}
		out, err := d.zstd.DecodeAll(src, nil)
		if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return nil, errTooLarge
		}
		return out, err
	case codecGzip:
		d.from.Reset(src)
		if d.gzip == nil {
			d.gzip = new(gzip.Reader)
		}
		if err := d.gzip.Reset(&d.from); err != nil {
			return nil, err
		}
		return d.stream(d.gzip)
	case codecLZ4:
		d.from.Reset(src)
		if d.lz4 == nil {
			d.lz4 = lz4.NewReader(nil)
		}
		d.lz4.Reset(&d.from)
		return d.stream(d.lz4)
	}
	return nil, fmt.Errorf("compression %d is not known", c)
}

func (d *decompressor) stream(r io.Reader) ([]byte, error) {
	d.into.Reset()
	n, err := d.into.ReadFrom(&io.LimitedReader{R: r, N: int64(d.cap) + 1})
	switch {
	case err != nil:
		return nil, err
	case n > int64(d.cap):
		return nil, errTooLarge
	}
	return bytes.Clone(d.into.Bytes()), nil
}

// xerialMagic begins the frame that Java clients put around blocks of snappy: 16
// bytes of header, then blocks, each behind its length.
const xerialMagic = "\x82SNAPPY\x00"

func (d *decompressor) snappy(src []byte) ([]byte, error) {
	if !bytes.HasPrefix(src, []byte(xerialMagic)) {
		return d.block(nil, src)
	}
	if len(src) < 16 {
		return nil, io.ErrUnexpectedEOF
	}
	var out []byte
	for src = src[16:]; len(src) > 0; {
		if len(src) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		n := uint64(binary.BigEndian.Uint32(src))
		if src = src[4:]; n > uint64(len(src)) {
			return nil, io.ErrUnexpectedEOF
		}
		var err error
		if out, err = d.block(out, src[:n]); err != nil {
			return nil, err
		}
		src = src[n:]
	}
	return out, nil
}

// block appends what one block of snappy holds.
func (d *decompressor) block(out, src []byte) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	switch {
	case err != nil:
		return nil, err
	case n > d.cap-len(out):
		return nil, errTooLarge
	}
	if len(out) == 0 {
		return s2.Decode(nil, src)
	}
	block, err := s2.Decode(nil, src)
	return append(out, block...), err
}
