// Package duck is the one door to the embedded DuckDB engine.
//
// It owns the session: limits (memory, threads), the private folder the engine
// spills to, the settings that make SQL mean the same on every machine (UTC, no
// extension downloads), and the quoting of identifiers and literals. It must
// not know what a lake, a type or a warehouse is. It guarantees that a spill
// folder left behind by a killed process is removed by the next session that
// opens in the same place, and never one whose process is still alive.
package duck
