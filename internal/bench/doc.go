// Command bench measures df360 beside its peers and prints the ratios.
//
// It owns the measuring of whole processes (CPU seconds, wall time, peak
// memory, as the kernel accounts them) and the peers that need nothing but this
// module: plain SQL on the same engine, gofakeit called row by row. It calls
// df360 as a user does and must know nothing of its inside. Every figure stands
// beside that of a peer of the same run: absolute times say little on a shared
// machine. It is called by make bench and make bench-peers.
package main
