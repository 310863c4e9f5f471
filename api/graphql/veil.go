package graphql

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
)

// maxVeiled is how many hidden values of one root field get an error of their own.
const maxVeiled = 100

// codeForbiddenField is extensions.code for a value that the caller may not see.
const codeForbiddenField = "FORBIDDEN_FIELD"

// veiled is a value that became null because the caller may not see it.
type veiled struct {
	field string
	at    int // where it stands in the answer
}

// member is a member with an attribute. One that field policies may hide is
// null then, and there is an error that says so.
func (q *query) member(alias string, rt *resourceType, def *fieldDef, col int, value api.AppendFunc) api.Member {
	if !def.veil {
		return api.Custom(alias, value)
	}
	return api.Custom(alias, func(dst []byte, found *conga.Found, row int) ([]byte, error) {
		if !found.Hidden(row, col) {
			return value(dst, found, row)
		}
		if len(q.veiled) < maxVeiled {
			q.veiled = append(q.veiled, veiled{rt.object.name + "." + def.name, len(dst)})
		}
		return append(dst, "null"...), nil
	})
}

// forbidden are the errors for the hidden values of data, the answer to the
// field at the path.
func (q *query) forbidden(data []byte, root ast.Path) gqlerror.List {
	var out gqlerror.List
	for i, path := range pathsTo(data, q.veiled) {
		out = append(out, &gqlerror.Error{
			Message:    q.veiled[i].field + " is hidden",
			Path:       append(append(ast.Path(nil), root...), path...),
			Extensions: map[string]any{"code": codeForbiddenField},
		})
	}
	return out
}

// pathsTo are the paths, within the JSON document, to the values at the places,
// which are in the order of the document.
func pathsTo(data []byte, places []veiled) []ast.Path {
	out := make([]ast.Path, 0, len(places))
	var path ast.Path // the last step is that of the value that comes next
	for i := 0; i < len(data) && len(out) < len(places); i++ {
		if i == places[len(out)].at {
			out = append(out, append(ast.Path(nil), path...))
		}
		switch data[i] {
		case '{':
			path = append(path, ast.PathName(""))
		case '[':
			path = append(path, ast.PathIndex(0))
		case '}', ']':
			path = path[:len(path)-1]
		case ',':
			if n, ok := path[len(path)-1].(ast.PathIndex); ok {
				path[len(path)-1] = n + 1
			}
		case '"':
			end := endOfText(data, i)
			if end+1 < len(data) && data[end+1] == ':' { // a key: those of a response need no escapes
				path[len(path)-1] = ast.PathName(data[i+1 : end])
			}
			i = end
		}
	}
	return out
}

// endOfText is where the text that begins at i has its closing quote.
func endOfText(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}
