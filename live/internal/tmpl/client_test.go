package tmpl_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// client does with renderings and diffs what the browser does, by the rules of
// PROTOCOL.md alone: it holds the tree of values and builds the HTML.
type client struct {
	blocks [][]string
	root   []any
	// streams holds the rows of streams, which the browser has in its page.
	streams map[string][]streamRow
}

type streamRow struct {
	key string
	row any
}

func newClient(doc []byte) (*client, error) {
	var statics struct {
		V      string     `json:"v"`
		Blocks [][]string `json:"blocks"`
	}
	if err := json.Unmarshal(doc, &statics); err != nil {
		return nil, err
	}
	return &client{blocks: statics.Blocks, streams: map[string][]streamRow{}}, nil
}

func (c *client) render(r []byte) error { return json.Unmarshal(r, &c.root) }

func (c *client) apply(diff []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("diff %s does not fit: %v", diff, r)
		}
	}()
	var d map[string]any
	if err := json.Unmarshal(diff, &d); err != nil {
		return err
	}
	c.patch(c.root, d)
	return nil
}

// patch changes the slots of an instance, without its block, in place.
func (c *client) patch(slots []any, diff map[string]any) {
	if len(diff) == 0 {
		panic("empty diff")
	}
	for key, change := range diff {
		i, err := strconv.Atoi(key)
		if err != nil || i >= len(slots) {
			panic("no slot " + key)
		}
		m, ok := change.(map[string]any)
		if !ok {
			slots[i] = change
			continue
		}
		switch {
		case m["ops"] != nil:
			slots[i] = c.list(slots[i].(map[string]any), m["ops"].([]any))
		case m["stream"] != nil:
			old := slots[i].(map[string]any)
			old["stream"] = append(old["stream"].([]any), m["stream"].([]any)...)
		default:
			c.patch(slots[i].([]any)[1:], m)
		}
	}
}

func (c *client) list(old map[string]any, ops []any) map[string]any {
	from := old["rows"].([]any)
	rows := []any{}
	used := map[int]bool{}
	take := func(x any) any {
		i := int(x.(float64))
		if used[i] {
			panic(fmt.Sprintf("row %d used twice", i))
		}
		used[i] = true
		return from[i]
	}
	for _, o := range ops {
		op := o.([]any)
		switch op[0] {
		case "=":
			for i := range int(op[2].(float64)) {
				rows = append(rows, take(op[1].(float64)+float64(i)))
			}
		case "~":
			row := take(op[1]).([]any)
			c.patch(row[1].([]any)[1:], op[2].(map[string]any))
			rows = append(rows, row)
		case "+":
			rows = append(rows, []any{op[1], op[2]})
		default:
			panic(fmt.Sprintf("unknown op %v", op))
		}
	}
	keys := map[any]bool{}
	for _, r := range rows {
		if k := r.([]any)[0]; keys[k] {
			panic(fmt.Sprintf("key %v twice", k))
		} else {
			keys[k] = true
		}
	}
	return map[string]any{"rows": rows}
}

func (c *client) html() string {
	var b strings.Builder
	c.block(&b, 0, c.root)
	return b.String()
}

func (c *client) block(b *strings.Builder, id int, slots []any) {
	statics := c.blocks[id]
	if len(statics) != len(slots)+1 {
		panic(fmt.Sprintf("block %d has %d statics and %d slots", id, len(statics), len(slots)))
	}
	for i, v := range slots {
		b.WriteString(statics[i])
		c.value(b, v)
	}
	b.WriteString(statics[len(slots)])
}

func (c *client) value(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
	case string:
		b.WriteString(v)
	case []any:
		c.block(b, int(v[0].(float64)), v[1:])
	case map[string]any:
		if ops, ok := v["stream"].([]any); ok {
			for _, r := range streamRows(ops) {
				c.value(b, r.row)
			}
			return
		}
		for _, row := range v["rows"].([]any) {
			c.value(b, row.([]any)[1])
		}
	default:
		panic(fmt.Sprintf("value %v", v))
	}
}

// streamRows runs the ops of a stream from its beginning.
func streamRows(ops []any) []streamRow {
	var rows []streamRow
	find := func(key string) int {
		for i, r := range rows {
			if r.key == key {
				return i
			}
		}
		return -1
	}
	for _, o := range ops {
		op := o.([]any)
		switch op[0] {
		case "reset":
			rows = nil
		case "insert":
			at, key := int(op[1].(float64)), op[2].(string)
			if i := find(key); i >= 0 {
				rows[i].row = op[3]
				continue
			}
			if at < 0 || at > len(rows) {
				at = len(rows)
			}
			rows = append(rows[:at:at], append([]streamRow{{key, op[3]}}, rows[at:]...)...)
		case "delete":
			if i := find(op[1].(string)); i >= 0 {
				rows = append(rows[:i:i], rows[i+1:]...)
			}
		case "limit":
			n := int(op[1].(float64))
			if n > 0 && n < len(rows) {
				rows = rows[:n]
			} else if n < 0 && -n < len(rows) {
				rows = rows[len(rows)+n:]
			}
		}
	}
	return rows
}
