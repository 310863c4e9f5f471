package tmpl

import (
	"slices"
	"strconv"
)

// escapers holds the escapers that a program uses.
type escapers struct {
	stock *stock
	own   map[string]*ownEscaper
}

// newEscapers prepares the escapers called names. Ours stand in for those of
// html/template only where the two agree.
func newEscapers(names []string) (*escapers, error) {
	s, err := newStock(names)
	if err != nil {
		return nil, err
	}
	e := &escapers{stock: s, own: map[string]*ownEscaper{}}
	for _, own := range ownEscapers() {
		if slices.Contains(names, own.name) && s.agrees(&own) {
			e.own[own.name] = &own
		}
	}
	return e, nil
}

// chain is the sequence of escapers at the end of a pipeline.
type chain struct {
	stages []stage
	stock  *stock
	// digits tells that numbers and booleans pass through all stages unchanged.
	digits bool
}

type stage struct {
	name string
	own  *ownEscaper // nil: call the one of html/template
}

func (e *escapers) chain(names []string) chain {
	c := chain{stock: e.stock, digits: true}
	for _, name := range names {
		s := stage{name: name, own: e.own[name]}
		c.digits = c.digits && s.own != nil && s.own.digits
		c.stages = append(c.stages, s)
	}
	return c
}

// appendAny appends x escaped.
func (c *chain) appendAny(dst []byte, x any) ([]byte, error) {
	if c.stages[0].own != nil {
		text, typ := stringify(x)
		if typ != contentHTML || c.stages[0].own.html {
			return c.appendText(dst, text, typ)
		}
	}
	text, err := c.stock.call(c.stages[0].name, x)
	if err != nil {
		return dst, err
	}
	at := len(dst)
	return c.rest(append(dst, text...), at)
}

// appendText appends s escaped; s must be of a content that the first stage,
// which is one of ours, covers.
func (c *chain) appendText(dst []byte, s string, typ content) ([]byte, error) {
	at := len(dst)
	dst = c.stages[0].own.append(dst, s, typ)
	if len(c.stages) == 1 {
		return dst, nil
	}
	return c.rest(dst, at)
}

// rest runs all stages but the first over dst[at:].
func (c *chain) rest(dst []byte, at int) ([]byte, error) {
	for _, s := range c.stages[1:] {
		end := len(dst)
		if s.own != nil {
			dst = s.own.again(dst, dst[at:end:end])
		} else {
			text, err := c.stock.call(s.name, string(dst[at:end]))
			if err != nil {
				return dst, err
			}
			dst = append(dst, text...)
		}
		dst = append(dst[:at], dst[end:]...)
	}
	return dst, nil
}

// again escapes dst[at:], which is plain text. The first stage is one of ours.
func (c *chain) again(dst []byte, at int) ([]byte, error) {
	end := len(dst)
	dst = c.stages[0].own.again(dst, dst[at:end:end])
	dst = append(dst[:at], dst[end:]...)
	return c.rest(dst, at)
}

// Plain values that no escaper of the chain changes are appended as they are.

func appendInt(dst []byte, n int64) []byte   { return strconv.AppendInt(dst, n, 10) }
func appendUint(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }
func appendBool(dst []byte, is bool) []byte  { return strconv.AppendBool(dst, is) }
