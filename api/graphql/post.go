package graphql

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// responseJSON is the media type of answers that tell errors of the request by
// their HTTP status too.
const responseJSON = "application/graphql-response+json"

var _ gql.Transport = post{}

// post answers queries and mutations sent by POST. gqlgen's own transport
// would check and copy the whole answer once more, and repeat a faulty
// request's body in the error.
type post struct{ s *schema }

// Supports reports whether the request is a POST with a JSON document.
func (post) Supports(r *http.Request) bool {
	return r.Method == http.MethodPost && mediaType(r) == "application/json"
}

// Do answers the request.
func (p post) Do(w http.ResponseWriter, r *http.Request, exec gql.GraphExecutor) {
	contentType, invalid := "application/json", http.StatusUnprocessableEntity
	if accepts(r, responseJSON) {
		contentType, invalid = responseJSON, http.StatusBadRequest
	}
	w.Header().Set("Content-Type", contentType)
	params, status, err := readParams(r)
	if err != nil {
		w.WriteHeader(status)
		writeResponse(w, &gql.Response{Errors: gqlerror.List{err}})
		return
	}
	ctx := r.Context()
	oc, errs := exec.CreateOperationContext(ctx, params)
	if errs == nil && oc.Operation.Operation == ast.Subscription {
		errs = gqlerror.List{codedError("subscriptions need a WebSocket, or Accept: text/event-stream", errcode.ValidationFailed)}
	}
	if errs != nil {
		if errcode.GetErrorKind(errs) == errcode.KindProtocol {
			w.WriteHeader(invalid)
		}
		writeResponse(w, exec.DispatchError(gql.WithOperationContext(ctx, oc), errs))
		return
	}
	ctx, m := withScratch(ctx)
	defer m.release()
	responses, ctx := exec.DispatchOperation(ctx, oc)
	if resp := responses(ctx); resp != nil {
		b := m.document(resp)
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		_, _ = w.Write(b) // the client may be gone
	}
}

// readParams reads a request's body: one operation.
func readParams(r *http.Request) (*gql.RawParams, int, *gqlerror.Error) {
	start := gql.Now()
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge, codedError("the request is too large", codeBadInput)
	case err != nil:
		return nil, http.StatusBadRequest, codedError("the request could not be read", codeBadInput)
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte{'['}):
		return nil, http.StatusBadRequest, codedError("several operations in one request are not taken", codeBadInput)
	}
	params := &gql.RawParams{Headers: r.Header}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(params); err != nil {
		return nil, http.StatusBadRequest, codedError("the request must be a JSON object with query, variables and operationName", codeBadInput)
	}
	params.ReadTime = gql.TraceTiming{Start: start, End: gql.Now()}
	return params, http.StatusOK, nil
}

// writeResponse writes an answer. Its data is JSON already and goes out as it is.
func writeResponse(w io.Writer, resp *gql.Response) {
	b := appendResponse(make([]byte, 0, len(resp.Data)+256), resp)
	_, _ = w.Write(b) // the client may be gone
}

func appendResponse(dst []byte, resp *gql.Response) []byte {
	dst = append(dst, '{')
	if len(resp.Errors) > 0 {
		if b, err := json.Marshal(resp.Errors); err == nil {
			dst = append(append(append(dst, `"errors":`...), b...), ',')
		}
	}
	dst = append(dst, `"data":`...)
	if len(resp.Data) == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, resp.Data...)
	}
	if len(resp.Extensions) > 0 {
		if b, err := json.Marshal(resp.Extensions); err == nil {
			dst = append(append(dst, `,"extensions":`...), b...)
		}
	}
	return append(dst, '}')
}
