// Package postgres is the warehouse in PostgreSQL (12 and newer).
//
// It owns the connection, its retries and the kinds of its errors, the protocol
// of a load, the tables, indexes and views that it makes, and the binary COPY
// format, which is written from the engine's columns without a row in between. It
// must not know what a lake is. It guarantees that a reader of the table sees
// either all of a load or none of it, that rows and their entry in the ledger
// df360.loads are one transaction, and that a load whose COMMIT got no answer is
// settled by reading the ledger under the lock that the load held.
package postgres
