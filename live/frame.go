package live

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// Kinds of frames of conga/1; see PROTOCOL.md.
const (
	kindJoin   = "join"
	kindEvent  = "event"
	kindParams = "params"
	kindPing   = "ping"

	kindJoined = "joined"
	kindReply  = "reply"
	kindDiff   = "diff"
	kindError  = "error"
)

// frame is a frame of the browser, with the members that its kind has.
type frame struct {
	seq     uint64
	kind    string
	event   Event
	address string // of join and params
	token   string
	recover bool
}

// parseFrame reads [seq, kind, body].
func parseFrame(data []byte) (*frame, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, fmt.Errorf("read frame: %w", err)
	}
	if len(parts) != 3 {
		return nil, fmt.Errorf("read frame: %d members instead of 3", len(parts))
	}
	f := &frame{}
	if err := json.Unmarshal(parts[0], &f.seq); err != nil {
		return nil, fmt.Errorf("read frame's number: %w", err)
	}
	if err := json.Unmarshal(parts[1], &f.kind); err != nil {
		return nil, fmt.Errorf("read frame's kind: %w", err)
	}
	if err := f.parseBody(parts[2]); err != nil {
		return nil, fmt.Errorf("read %s frame: %w", f.kind, err)
	}
	return f, nil
}

func (f *frame) parseBody(raw json.RawMessage) error {
	switch f.kind {
	case kindPing:
		return nil
	case kindJoin, kindParams:
		var body struct {
			Token   string `json:"token"`
			URL     string `json:"url"`
			Recover bool   `json:"recover"`
		}
		if err := json.Unmarshal(raw, &body); err != nil {
			return err
		}
		f.token, f.address, f.recover = body.Token, body.URL, body.Recover
		return nil
	case kindEvent:
		return f.parseEvent(raw)
	}
	return fmt.Errorf("unknown kind %q", f.kind)
}

func (f *frame) parseEvent(raw json.RawMessage) error {
	var body struct {
		Type      string          `json:"type"`
		Event     string          `json:"event"`
		Value     json.RawMessage `json:"value"`
		Form      bool            `json:"form"`
		Target    string          `json:"target"`
		Submitter string          `json:"submitter"`
		ID        string          `json:"id"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return err
	}
	f.event = Event{Type: body.Type, Name: body.Event, ID: body.ID, Target: body.Target, Submitter: body.Submitter}
	if body.Form {
		return json.Unmarshal(body.Value, &f.event.encoded)
	}
	f.event.value = body.Value
	if f.event.value == nil {
		f.event.value = json.RawMessage("{}")
	}
	return nil
}

// buffers holds the frames that are being made or wait in a socket. Big ones are left to the collector.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

const maxPooled = 64 << 10

func newBuffer() *[]byte {
	b := buffers.Get().(*[]byte)
	*b = (*b)[:0]
	return b
}

func freeBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// openFrame begins a frame whose body is an object; member and closeFrame go on.
func openFrame(b []byte, seq uint64, kind string) []byte {
	b = append(b, '[')
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"`...)
	b = append(b, kind...)
	return append(b, `",{`...)
}

func member(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, `":`...)
}

func closeFrame(b []byte) []byte { return append(b, `}]`...) }

func appendReply(b *[]byte, a ack) *[]byte {
	*b = openFrame(*b, a.seq, kindReply)
	if a.reply != nil {
		*b = append(member(*b, "reply"), a.reply...)
	}
	*b = closeFrame(*b)
	return b
}

func appendPong(b *[]byte, seq uint64) *[]byte {
	*b = closeFrame(openFrame(*b, seq, "pong"))
	return b
}

func appendError(b *[]byte, seq uint64, reason string, retry time.Duration) *[]byte {
	*b = openFrame(*b, seq, kindError)
	*b = appendString(member(*b, "reason"), reason)
	*b = strconv.AppendInt(member(*b, "retry"), retry.Milliseconds(), 10)
	*b = closeFrame(*b)
	return b
}
