// Package secret keeps what must not be seen out of sight.
//
// It owns the type of a secret value, the references by which one is named on
// the command line and in df360.yaml (env:NAME, file:PATH), which names of
// headers and parameters stand for secrets, and the scrubber that takes known
// values out of texts. It must not know what a secret is for, or where texts go.
// It guarantees that a Value shows as *** whichever way it is printed or
// encoded, and that no error of this package repeats what was given in place of
// a reference.
package secret
