package rest

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/congago/conga/api"
)

// negotiate chooses the form of the answer. The rules for JSON:API are those
// of its version 1.1: its media type may have the parameters ext and profile
// alone, and we know no extension.
func (x *exchange) negotiate() error {
	lists := x.r.Header["Accept"]
	if len(lists) == 0 {
		return nil
	}
	var a acceptance
	for _, list := range lists {
		for item := range strings.SplitSeq(list, ",") {
			a.add(item)
		}
	}
	if a.refused && a.jsonapi == 0 {
		return &problem{Status: statusAccept, detail: typeJSONAPI + " takes no parameter but profile"}
	}
	json := max(a.json, a.any)
	if x.lines = a.lines > max(json, a.jsonapi) && x.route.action != nil && x.route.kind == listRoute && x.options.streams(x.route.action); x.lines {
		return nil
	}
	x.jsonapi = a.jsonapi > 0 && (a.jsonapi > json || a.jsonapi == json && a.json == 0)
	if !x.jsonapi && json == 0 {
		return &problem{Status: statusAccept, detail: "the API answers with " + typeJSON + " or " + typeJSONAPI}
	}
	return nil
}

// acceptance is what Accept headers say, as weights from 0 to 1.
type acceptance struct {
	json, jsonapi, lines, any float64
	// refused tells that JSON:API was asked for with parameters that we do not know.
	refused bool
}

func (a *acceptance) add(item string) {
	mediaType, params, err := mime.ParseMediaType(item)
	if err != nil {
		return
	}
	q := 1.0
	if text, ok := params["q"]; ok {
		if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
			return
		}
		delete(params, "q")
	}
	switch mediaType {
	case typeJSON, typeProblem:
		a.json = max(a.json, q)
	case typeLines:
		a.lines = max(a.lines, q)
	case "*/*", "application/*":
		a.any = max(a.any, q)
	case typeJSONAPI:
		if !plainJSONAPI(params) {
			a.refused = true
			return
		}
		a.jsonapi = max(a.jsonapi, q)
	}
}

// plainJSONAPI reports whether the parameters of the media type are such that
// we can ignore them.
func plainJSONAPI(params map[string]string) bool {
	for name, value := range params {
		if name != "profile" && (name != "ext" || strings.TrimSpace(value) != "") {
			return false
		}
	}
	return true
}

// bodyIsJSONAPI tells the two forms of request bodies apart.
func (x *exchange) bodyIsJSONAPI() (bool, error) {
	header := x.r.Header.Get("Content-Type")
	if header == "" || header == typeJSON {
		return false, nil
	}
	mediaType, params, err := mime.ParseMediaType(header)
	switch {
	case err == nil && mediaType == typeJSON:
		return false, nil
	case err == nil && mediaType == typeJSONAPI:
		if !plainJSONAPI(params) {
			return false, &problem{Status: statusMedia, detail: typeJSONAPI + " takes no parameter but profile"}
		}
		return true, nil
	}
	return false, &problem{Status: statusMedia, detail: "the body must be " + typeJSON + " or " + typeJSONAPI}
}

// The statuses that only HTTP has.
var (
	statusBadRequest = api.Status{HTTP: http.StatusBadRequest, Code: "bad_request", Title: "The request is not valid"}
	statusNotFound   = api.StatusNotFound
	statusMethod     = api.Status{HTTP: http.StatusMethodNotAllowed, Code: "method_not_allowed", Title: "The method is not allowed here"}
	statusAccept     = api.Status{HTTP: http.StatusNotAcceptable, Code: "not_acceptable", Title: "No acceptable form of the answer"}
	statusStale      = api.Status{HTTP: http.StatusPreconditionFailed, Code: "precondition_failed", Title: "The record has changed"}
	statusTooLarge   = api.Status{HTTP: http.StatusRequestEntityTooLarge, Code: "too_large", Title: "The body is too large"}
	statusMedia      = api.Status{HTTP: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", Title: "The form of the body is not supported"}
)
