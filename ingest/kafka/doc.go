// Package kafka is the source of rows from one topic of Apache Kafka.
//
// It owns where a run begins in each partition and where it ends, how it reads
// what lies between (committed transactions only), what the columns of a record
// are, the progress that is stored with the rows, and when that progress does
// not fit the topic any more: deleted records, a truncated log, a topic that was
// made again, another cluster. It must not know how values become columns and
// how rows are committed: that is package ingest.
//
// It guarantees that a batch yields, in each partition, every visible record
// from where the progress ends to where the batch's progress ends, once and in
// order; that a position is never reset without a word: it ends the run, or is
// recorded as a gap where the user accepts that; and that what is read ahead
// stays within the memory limit, whatever brokers send.
//
// It speaks the fetch protocol itself, over franz-go's client: positions are
// then known also where offsets hold no record (markers, aborted transactions,
// compacted tails), batches are decompressed one at a time under a cap, and no
// object is made for a record.
package kafka
