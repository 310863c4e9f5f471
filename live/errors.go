package live

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/congago/conga/live/internal/actor"
	"github.com/congago/conga/resource"
)

// Reasons that a page's Close is called with. A page that panicked is closed with an error that is none of these.
var (
	// ErrRendered says that an HTTP answer was made and the page is not needed any more.
	ErrRendered = errors.New("the page was rendered over http")
	// ErrLeft says that the visitor went to another page or the connection ended.
	ErrLeft = errors.New("the visitor left")
	// ErrShutdown says that the handler is shutting down.
	ErrShutdown = errors.New("the server is shutting down")
	// ErrDisconnected says that Handler.Disconnect ended the session.
	ErrDisconnected = errors.New("the session was disconnected")
	// ErrOverload says that the browser read too slowly, or that messages were lost and the page has no Resync.
	ErrOverload = errors.New("the session fell behind")
)

// StatusError is an error with an HTTP status, for a Mount that has nothing to show: return &live.StatusError{Status:
// 404}. Any error with a method HTTPStatus() int works as well.
type StatusError struct {
	// Status is the HTTP status, 400 to 599.
	Status int
	// Text is shown to the visitor. Empty means the usual text of Status.
	Text string
}

// Error returns the text.
func (e *StatusError) Error() string {
	if e.Text != "" {
		return e.Text
	}
	return http.StatusText(e.Status)
}

// HTTPStatus returns the status.
func (e *StatusError) HTTPStatus() int { return e.Status }

// statusOf returns the HTTP status that err asks for, or 500.
func statusOf(err error) int {
	var withStatus interface{ HTTPStatus() int }
	if errors.As(err, &withStatus) {
		if status := withStatus.HTTPStatus(); status >= 400 && status < 600 {
			return status
		}
	}
	if refused, ok := errors.AsType[*resource.Error](err); ok {
		return cmp.Or(statusOfKind[refused.Kind], http.StatusInternalServerError)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

var statusOfKind = map[resource.ErrorKind]int{
	resource.Invalid:     http.StatusUnprocessableEntity,
	resource.Forbidden:   http.StatusForbidden,
	resource.NotFound:    http.StatusNotFound,
	resource.Conflict:    http.StatusConflict,
	resource.Unavailable: http.StatusServiceUnavailable,
}

// publicText returns what a visitor may read of err: the text of a StatusError, the message and issues of an action's
// error, else the usual text of its status.
func publicText(err error) string {
	if own, ok := errors.AsType[*StatusError](err); ok {
		return own.Error()
	}
	status := statusOf(err)
	var refused *resource.Error
	if errors.As(err, &refused) && status < 500 {
		if refused.Message != "" {
			return refused.Message
		}
		var texts []string
		for _, issue := range refused.Issues {
			texts = append(texts, strings.TrimSpace(issue.Field()+" "+issue.Text()))
		}
		if len(texts) > 0 {
			return strings.Join(texts, "; ")
		}
	}
	if status == http.StatusInternalServerError {
		return "Something went wrong. Please try again."
	}
	return http.StatusText(status)
}

// reasonOf is the word of an error frame for a session that ended with err, and whether there is one to send.
func reasonOf(err error) (reason string, send bool) {
	switch {
	case errors.Is(err, ErrLeft), errors.Is(err, ErrRendered):
		return "", false
	case errors.Is(err, ErrShutdown):
		return "drain", true
	case errors.Is(err, ErrOverload):
		return "overload", true
	case errors.Is(err, ErrDisconnected):
		return "unauthorized", true
	}
	switch status := statusOf(err); {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "unauthorized", true
	case status < 500:
		return "stale", true
	default:
		return "crashed", true
	}
}

// stackOf returns the stack of a panic, for the log.
func stackOf(err error) string {
	if p, ok := errors.AsType[*actor.PanicError](err); ok {
		return string(p.Stack)
	}
	return ""
}
