package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
)

// typeLines is the media type of answers with one record a line.
const typeLines = "application/x-ndjson"

// streamChunk is the number of records that are read and sent at a time.
const streamChunk = 500

var (
	errStreams = &problem{
		Status: api.StatusUnavailable, detail: "as many lists are being streamed as there may be at a time",
	}
	errPages = &problem{Status: statusBadRequest, faults: []fault{
		{parameter: "page", code: "conflict", detail: "is not possible: " + typeLines + " has no pages"},
	}}
)

// streamList answers with all records, one a line, chunk by chunk. What goes
// wrong before the first chunk is a problem like any other. Later the status
// has been sent already: the connection is broken off then, so that no client
// takes a part for all.
func (x *exchange) streamList(find *conga.Find, v *view) error {
	if find.Page != (conga.Page{}) {
		return errPages
	}
	select {
	case x.streams <- struct{}{}:
		defer func() { <-x.streams }()
	default:
		return errStreams
	}
	if x.r.Method == http.MethodHead {
		find.Limit = 1
	}
	var cut []string
	w := lineWriter{x: x, follows: v.cuts(), control: http.NewResponseController(x.w), patience: x.options.StreamPatience}
	err := x.app.Stream(x.ctx, find, streamChunk, func(found *conga.Found) (err error) {
		x.out = x.out[:0]
		for row := range found.Len() {
			if x.out, err = v.shape.AppendRow(x.out, found, row); err != nil {
				return err
			}
			x.out = append(x.out, '\n')
		}
		v.cut(found, "", &cut)
		return w.write(x.out)
	})
	if w.follows && len(cut) > 0 && err == nil {
		slices.Sort(cut)
		x.header(headerCut, strings.Join(slices.Compact(cut), ", "))
	}
	switch {
	case err == nil && !w.begun:
		w.begin()
	case err != nil && !w.begun:
		return err
	case err != nil:
		mustBreakOff()
	}
	// The deadline is not that of the next request on the connection.
	_ = w.control.SetWriteDeadline(time.Time{})
	return nil
}

// mustBreakOff ends the connection, as net/http has it.
func mustBreakOff() { panic(http.ErrAbortHandler) }

// lineWriter sends chunks of lines.
type lineWriter struct {
	x        *exchange
	control  *http.ResponseController
	patience time.Duration
	begun    bool
	// follows tells that a trailer may follow the last line.
	follows bool
}

func (w *lineWriter) begin() {
	w.begun = true
	w.x.header("Content-Type", typeLines)
	w.x.header("Cache-Control", "no-store")
	if w.follows {
		w.x.header("Trailer", headerCut)
	}
	w.x.w.WriteHeader(http.StatusOK)
}

func (w *lineWriter) write(lines []byte) error {
	if !w.begun {
		w.begin()
	}
	if w.x.r.Method == http.MethodHead {
		return nil
	}
	if w.patience > 0 {
		_ = w.control.SetWriteDeadline(time.Now().Add(w.patience))
	}
	if _, err := w.x.w.Write(lines); err != nil {
		return err
	}
	if err := w.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
