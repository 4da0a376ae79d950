// Package jinja renders Jinja templates with the behaviour of Jinja2 3.1 on
// Python, because the projects that it serves were written against that.
//
// It owns the template language: values that behave as Python's do (value.go and
// the files of each type), the lexer, the parser, the resolution of names to
// scopes, the evaluator, Jinja2's filters, tests and globals, and the errors
// with template, line and excerpt. It must not know what a model, a macro
// package or a database is: hosts hand in values, functions, tags and a loader.
//
// The way of a template, with the file of each step:
//
//	lexer.go     source to tokens; all whitespace control happens here
//	parser*.go   tokens to the tree of ast.go
//	scope*.go    names to slots, by Jinja2's scoping rules; unknown filters
//	exec*.go     statements        eval*.go  expressions
//
// Guarantees: a Template does not change once parsed, so any number of
// goroutines may render it. No input makes the package panic or overflow the
// stack. Work is bounded by the context and by Limits: output, values, calls and
// steps. Errors keep the Go error that caused them for errors.As.
package jinja
