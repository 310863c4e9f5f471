// Package tmpl compiles templates of html/template into blocks of static text
// and slots, so that a live page can send what has changed and nothing else.
//
// Compile parses templates with html/template, lets it choose the escapers,
// and compiles the escaped parse tree for the type of the page. A Program
// gives the same bytes as html/template (Execute), the statics that clients keep
// (Statics), the values of the slots (Render), and what has changed in them
// since the last time (Diff). A State keeps 64-bit hashes, never values.
//
// All of the template language is covered: variables, pipelines, methods,
// functions, if, with, range with break and continue, define, template and
// block. Three things leave the page to html/template as a whole, as one slot
// with the same API (Program.Stock tells):
//   - a variable declared inside parentheses, as in {{if ($x := .A)}};
//   - a template that calls itself inside an attribute, a script or another
//     place that is not text;
//   - calls of templates in such places that are nested more than 32 deep, or
//     number more than 2000.
//
// # Escaping
//
// Which escapers a value passes is decided by html/template alone. The common
// escapers are run by versions of our own that append to the output; each is
// compared with that of the running html/template at Compile, and where the two
// differ the latter is used. All others are called in html/template.
//
// # Differences from html/template
//
// A name that the type of the page does not have, a wrong number of arguments
// and a range over what cannot be iterated are faults at Compile, not at run
// time. Where html/template panics, as for a range over a nil iterator, an
// error is returned. Map keys that are absent show nothing, as by default.
//
// # Lists and streams
//
// A range is a list. Its rows are known by the attribute phx-key, or else id,
// of the element that a row begins with, when its value is dynamic; rows
// without, or with keys that are not unique, by their index. The else part is
// sent as a list of one row. A range over {{.X.Items}} where X is a Stream
// sends ops, and nothing of its rows is remembered.
package tmpl
