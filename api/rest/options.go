package rest

import (
	"cmp"
	"strings"
	"time"

	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
)

// Options of a Handler. The zero value works.
type Options struct {
	api.Options
	// Prefix is the path of the API. Empty means "/api".
	Prefix string
	// Docs is the path of the documentation under the prefix. Empty means
	// "/docs"; "-" means that there is none. A resource of that path wins.
	Docs string
	// TenantHeader is the header by which clients name their tenant, as it was
	// given to api.HeaderTenant: the OpenAPI document then has it as a parameter of
	// what needs a tenant. Empty means that they name it otherwise.
	TenantHeader string
	// Title, Version and Description are what the OpenAPI document says of
	// the API. Empty means "API", "1.0.0" and a few words on how to use it.
	Title, Version, Description string
	// Server is the URL under which clients reach the API without the prefix,
	// for the OpenAPI document. Empty means where the document comes from.
	Server string
	// Streams is how many lists may be streamed at a time, as lines to
	// clients that accept application/x-ndjson; more are refused as
	// unavailable. Each takes a connection to the database. Zero means 2, a
	// negative value that there are no streams.
	Streams int
	// StreamPatience is how long a client may take to receive one chunk of
	// lines before the connection is broken off. Zero means 30 seconds, a
	// negative value no limit but that of the server.
	StreamPatience time.Duration
}

func (o Options) withDefaults() Options {
	o.Options = o.Options.WithDefaults()
	o.Prefix = "/" + strings.Trim(cmp.Or(o.Prefix, "/api"), "/")
	o.Docs = "/" + strings.Trim(cmp.Or(o.Docs, "/docs"), "/")
	if o.Prefix == "/" {
		o.Prefix = ""
	}
	o.Streams = max(0, cmp.Or(o.Streams, 2))
	o.StreamPatience = cmp.Or(o.StreamPatience, 30*time.Second)
	o.Title = cmp.Or(o.Title, "API")
	o.Version = cmp.Or(o.Version, "1.0.0")
	o.Description = cmp.Or(o.Description, defaultDescription)
	o.Server = cmp.Or(strings.TrimSuffix(o.Server, "/"), "/")
	return o
}

// streams reports whether the records of a read may be streamed.
func (o Options) streams(a *resource.Action) bool { return o.Streams > 0 && a.ManualRead == nil }

// noDocs is Options.Docs, with a slash, when there is to be no documentation.
const noDocs = "/-"

const defaultDescription = `Lists take ` + "`filter[…]`, `sort`, `page[…]`, `include` and `fields[…]`" + ` as query parameters.
Accept ` + "`application/x-ndjson`" + ` for all records of a list, one a line and without pages.
Errors are problems as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) has them.
Accept ` + "`application/vnd.api+json`" + ` for answers in the form of [JSON:API](https://jsonapi.org/format/1.1/).`
