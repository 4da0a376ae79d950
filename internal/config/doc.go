// Package config settles what a run is told to do.
//
// It owns the settings: their names, meanings and defaults, df360.yaml and how
// it is found, and the environment variables DF360_…. It must not know the
// command line: a caller lets flags win with Settings.Set. It guarantees that
// every problem of file and environment is reported at once, with file and
// line, and that an unknown name is answered with the nearest right one.
package config
