package graphql

import "github.com/congago/conga"

// paging is the part of a connection that its arguments ask for.
type paging struct {
	conga.Page
	none bool // first: 0 asks for no records
}

// page reads the arguments of a connection by Relay's rules, but for those
// that no two clients understand alike: first with before, last with after,
// and both cursors at once are refused.
func page(args map[string]any, size int) (p paging, err error) {
	p.Limit = size
	p.After, _ = args[argAfter].(string)
	p.Before, _ = args[argBefore].(string)
	first, last := args[argFirst], args[argLast]
	switch {
	case first != nil && last != nil:
		return p, badInput([]string{argLast}, "conflict", "cannot be combined with first")
	case p.After != "" && p.Before != "":
		return p, badInput([]string{argBefore}, "conflict", "cannot be combined with after")
	case first != nil && p.Before != "":
		return p, badInput([]string{argFirst}, "conflict", "cannot be combined with before")
	case last != nil && p.After != "":
		return p, badInput([]string{argLast}, "conflict", "cannot be combined with after")
	case first != nil:
		return p.count(argFirst, first)
	case last != nil:
		p.Last = true
		return p.count(argLast, last)
	}
	return p, nil
}

func (p paging) count(name string, v any) (paging, error) {
	n, ok := integer(v)
	if !ok || n < 0 {
		return p, badInput([]string{name}, "min", "must be 0 or more")
	}
	if p.Limit = n; n == 0 {
		p.none, p.Limit = true, 1
	}
	return p, nil
}
