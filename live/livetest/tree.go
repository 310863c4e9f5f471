package livetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A value is what fills a slot: string, *instance, nil, *rows. Lists and streams are both rows here; the browser keeps
// a stream's rows in the document, which is the same to whoever looks at it.
type value any

type instance struct {
	block int
	slots []value
}

type rows struct{ all []row }

type row struct {
	key  string
	item *instance
}

// tree is the page as the client knows it: the statics and the values of the slots.
type tree struct {
	blocks [][]string
	root   *instance
}

// decodeTree reads the first rendering.
func decodeTree(blocks [][]string, rendered json.RawMessage) (*tree, error) {
	var slots []any
	if err := json.Unmarshal(rendered, &slots); err != nil {
		return nil, fmt.Errorf("read rendering: %w", err)
	}
	t := &tree{blocks: blocks}
	root, err := t.instance(append([]any{0.0}, slots...))
	t.root = root
	return t, err
}

func (t *tree) decode(v any) (value, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return v, nil
	case []any:
		return t.instance(v)
	case map[string]any:
		r := &rows{}
		if ops, ok := v["stream"].([]any); ok {
			return r, t.streamOps(r, ops)
		}
		list, ok := v["rows"].([]any)
		if !ok || len(v) != 1 {
			return nil, fmt.Errorf("unknown value %v", v)
		}
		for _, one := range list {
			pair, ok := one.([]any)
			if !ok || len(pair) != 2 {
				return nil, fmt.Errorf("row %v is no pair", one)
			}
			if err := t.insert(r, len(r.all), pair[0], pair[1], false); err != nil {
				return nil, err
			}
		}
		return r, nil
	}
	return nil, fmt.Errorf("unknown value %v", v)
}

func (t *tree) instance(v []any) (*instance, error) {
	if len(v) == 0 {
		return nil, fmt.Errorf("an instance has no block")
	}
	id, ok := v[0].(float64)
	if !ok || int(id) < 0 || int(id) >= len(t.blocks) {
		return nil, fmt.Errorf("unknown block %v", v[0])
	}
	in := &instance{block: int(id)}
	if len(t.blocks[in.block]) != len(v) {
		return nil, fmt.Errorf("block %d has %d slots, not %d", in.block, len(t.blocks[in.block])-1, len(v)-1)
	}
	for _, raw := range v[1:] {
		slot, err := t.decode(raw)
		if err != nil {
			return nil, err
		}
		in.slots = append(in.slots, slot)
	}
	return in, nil
}

// apply applies a diff to the page.
func (t *tree) apply(diff json.RawMessage) error {
	var changes map[string]any
	if err := json.Unmarshal(diff, &changes); err != nil {
		return fmt.Errorf("read diff: %w", err)
	}
	if err := t.change(t.root, changes); err != nil {
		return fmt.Errorf("apply diff %s: %w", diff, err)
	}
	return nil
}

func (t *tree) change(in *instance, changes map[string]any) error {
	for index, change := range changes {
		i, err := strconv.Atoi(index)
		if err != nil || i < 0 || i >= len(in.slots) {
			return fmt.Errorf("block %d has no slot %s", in.block, index)
		}
		members, isObject := change.(map[string]any)
		if isObject {
			if in.slots[i], err = t.changeSlot(in.slots[i], members); err != nil {
				return err
			}
			continue
		}
		if in.slots[i], err = t.decode(change); err != nil {
			return err
		}
	}
	return nil
}

// changeSlot applies what is written as an object: ops of a list or stream, a nested diff, or a new list.
func (t *tree) changeSlot(old value, change map[string]any) (value, error) {
	if ops, ok := change["ops"].([]any); ok {
		r, ok := old.(*rows)
		if !ok {
			return nil, fmt.Errorf("list ops for a slot that holds no list")
		}
		return t.listOps(r, ops)
	}
	if ops, ok := change["stream"].([]any); ok {
		r, ok := old.(*rows)
		if !ok {
			return nil, fmt.Errorf("stream ops for a slot that holds no stream")
		}
		return r, t.streamOps(r, ops)
	}
	if _, ok := change["rows"]; ok {
		return t.decode(change)
	}
	in, ok := old.(*instance)
	if !ok {
		return nil, fmt.Errorf("a nested diff for a slot that holds no block")
	}
	return in, t.change(in, change)
}

func (t *tree) listOps(old *rows, ops []any) (*rows, error) {
	r := &rows{}
	for _, raw := range ops {
		op, ok := raw.([]any)
		if !ok || len(op) != 3 {
			return nil, fmt.Errorf("unknown list op %v", raw)
		}
		from, _ := op[1].(float64)
		switch op[0] {
		case "=":
			n, _ := op[2].(float64)
			if from < 0 || n < 1 || int(from+n) > len(old.all) {
				return nil, fmt.Errorf("list op %v: there are %d old rows", op, len(old.all))
			}
			r.all = append(r.all, old.all[int(from):int(from+n)]...)
		case "~":
			changes, ok := op[2].(map[string]any)
			if !ok || from < 0 || int(from) >= len(old.all) {
				return nil, fmt.Errorf("list op %v: there are %d old rows", op, len(old.all))
			}
			if err := t.change(old.all[int(from)].item, changes); err != nil {
				return nil, err
			}
			r.all = append(r.all, old.all[int(from)])
		case "+":
			if err := t.insert(r, len(r.all), op[1], op[2], false); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("unknown list op %v", op)
		}
	}
	return r, nil
}

func (t *tree) streamOps(r *rows, ops []any) error {
	for _, raw := range ops {
		op, ok := raw.([]any)
		if !ok || len(op) == 0 {
			return fmt.Errorf("unknown stream op %v", raw)
		}
		switch {
		case op[0] == "reset" && len(op) == 1:
			r.all = nil
		case op[0] == "insert" && len(op) == 4:
			at, _ := op[1].(float64)
			if at < 0 || int(at) > len(r.all) {
				at = float64(len(r.all))
			}
			if err := t.insert(r, int(at), op[2], op[3], true); err != nil {
				return err
			}
		case op[0] == "delete" && len(op) == 2:
			r.all = slices.DeleteFunc(r.all, func(one row) bool { return one.key == op[1] })
		case op[0] == "limit" && len(op) == 2:
			n, _ := op[1].(float64)
			if n > 0 && int(n) < len(r.all) {
				r.all = r.all[:int(n)]
			} else if n < 0 && int(-n) < len(r.all) {
				r.all = r.all[len(r.all)+int(n):]
			}
		default:
			return fmt.Errorf("unknown stream op %v", op)
		}
	}
	return nil
}

// insert puts a row at index at. One with its key is replaced, or is a fault in a list, whose keys are unique.
func (t *tree) insert(r *rows, at int, key, item any, replace bool) error {
	name, isText := key.(string)
	parts, isArray := item.([]any)
	if !isText || !isArray {
		return fmt.Errorf("row %v %v is no key with a block", key, item)
	}
	in, err := t.instance(parts)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(r.all, func(one row) bool { return one.key == name }); i >= 0 {
		if !replace {
			return fmt.Errorf("two rows have the key %q", name)
		}
		r.all[i].item = in
		return nil
	}
	r.all = slices.Insert(r.all, at, row{name, in})
	return nil
}

// html writes the page.
func (t *tree) html() string {
	var b strings.Builder
	t.write(&b, t.root)
	return b.String()
}

func (t *tree) write(b *strings.Builder, in *instance) {
	for i, static := range t.blocks[in.block] {
		b.WriteString(static)
		if i == len(in.slots) {
			return
		}
		switch slot := in.slots[i].(type) {
		case string:
			b.WriteString(slot)
		case *instance:
			t.write(b, slot)
		case *rows:
			for _, one := range slot.all {
				t.write(b, one.item)
			}
		}
	}
}
