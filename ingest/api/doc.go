// Package api is the source of rows that a web server answers with.
//
// It owns the requests (config.go, values.go, auth.go, oauth.go), how they are sent
// and sent again (client.go, retry.go, body.go, origin.go, address.go), how an
// answer is taken apart (content.go, split.go, query.go), which page comes next
// (pager.go, link.go), what the highest value of a field is (moment.go, highest.go),
// and what is kept between runs (progress.go). It must not know where rows go, or
// what types they have.
//
// It guarantees that a page is taken whole or not at all, that rows are the bytes
// that the server sent, that a run ends whatever the server does, and that secrets
// go to the origin of the source's URL only: not to another one, into progress or
// into an error.
package api
