package client

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/congago/conga/internal/browser"
)

// randomBlocks nest everything that a rendering can hold: text and attribute
// slots, instances, lists of elements, of pairs, of mere text, lists within
// lists, a stream between other nodes, regions with and without an id.
var randomBlocks = blocks(
	"<h1 class=\"|\">|</h1>\n|<main id=\"main\"><p>|</p>|</main><ul>\n|</ul><dl>|</dl><p>|</p><div><b>a</b>|<b>z</b></div><select>|</select>|",
	"<div>flash |</div>",
	"<div><form><input name=\"a\" value=\"|\"></form>|</div>",
	"\n<li title=\"|\">|<ol>|</ol></li>\n",
	"<li id=\"r|\">|</li>",
	"<dt>|</dt><dd>|</dd>",
	"|, ",
	"<i>|</i>",
	"<option>|</option>",
)

// A model makes renderings of randomBlocks, and diffs from one to the next.
type model struct {
	*rand.Rand
	last int
}

func (m *model) text() any {
	m.last++
	return strconv.Itoa(m.last)
}

// value makes a value for slot i of a block.
func (m *model) value(block, i int) any {
	switch [2]int{block, i} {
	case [2]int{0, 2}, [2]int{0, 4}, [2]int{2, 1}, [2]int{3, 1}:
		return m.maybe([]int{1, 2}[m.IntN(2)], block == 2)
	case [2]int{0, 5}:
		return m.list(3 + m.IntN(2))
	case [2]int{0, 6}:
		return m.list(5)
	case [2]int{0, 7}:
		return m.list(6)
	case [2]int{0, 8}:
		return m.stream()
	case [2]int{0, 9}:
		return m.list(8)
	case [2]int{0, 10}, [2]int{3, 2}:
		return m.list(7)
	}
	return m.text()
}

func (m *model) maybe(block int, deep bool) any {
	if m.IntN(3) == 0 || deep && m.IntN(2) == 0 {
		return nil
	}
	if deep {
		block = 1
	}
	return m.instance(block)
}

func (m *model) instance(block int) []any {
	slots := []int{11, 1, 2, 3, 2, 2, 1, 1, 1}[block]
	out := []any{float64(block)}
	for i := range slots {
		out = append(out, m.value(block, i))
	}
	return out
}

func (m *model) row(block int) []any {
	m.last++
	return []any{"k" + strconv.Itoa(m.last), m.instance(block)}
}

func (m *model) list(block int) any {
	rows := []any{}
	for range m.IntN(5) {
		rows = append(rows, m.row(block))
	}
	return map[string]any{"rows": rows}
}

func (m *model) stream() any {
	ops := []any{}
	for range m.IntN(4) {
		row := m.row(7)
		ops = append(ops, []any{"insert", -1, row[0], row[1]})
	}
	return map[string]any{"stream": ops}
}

// change alters some slots of an instance and answers the diff.
func (m *model) change(instance []any) map[string]any {
	diff := map[string]any{}
	block := int(instance[0].(float64))
	for i := range instance[1:] {
		if m.IntN(3) != 0 {
			continue
		}
		at := i + 1
		switch v := instance[at].(type) {
		case []any:
			if m.IntN(2) == 0 {
				diff[strconv.Itoa(i)] = m.change(v)
				continue
			}
			instance[at] = m.value(block, i)
		case map[string]any:
			if rows, ok := v["rows"].([]any); ok {
				var ops any
				v["rows"], ops = m.changeRows(rows)
				diff[strconv.Itoa(i)] = map[string]any{"ops": ops}
			} else {
				var ops any
				v["stream"], ops = m.changeStream(v["stream"].([]any))
				diff[strconv.Itoa(i)] = map[string]any{"stream": ops}
			}
			continue
		default:
			instance[at] = m.value(block, i)
		}
		diff[strconv.Itoa(i)] = instance[at]
	}
	return diff
}

// changeRows keeps, moves, alters, drops and adds rows.
func (m *model) changeRows(rows []any) (out, ops []any) {
	out, ops = []any{}, []any{}
	order := m.Perm(len(rows))
	if m.IntN(2) == 0 {
		for i := range order {
			order[i] = i
		}
	}
	block := 7
	if len(rows) > 0 {
		block = int(rows[0].([]any)[1].([]any)[0].(float64))
	}
	for _, from := range order {
		switch m.IntN(5) {
		case 0: // dropped
		case 1:
			row := rows[from].([]any)
			diff := m.change(row[1].([]any))
			out, ops = append(out, row), append(ops, []any{"~", from, diff})
		default:
			out, ops = append(out, rows[from]), append(ops, []any{"=", from, 1})
		}
		if m.IntN(4) == 0 {
			row := m.row(block)
			out, ops = append(out, row), append(ops, []any{"+", row[0], row[1]})
		}
	}
	return out, ops
}

func (m *model) changeStream(rows []any) (out, ops []any) {
	out = append([]any{}, rows...)
	row := m.row(7)
	insert := []any{"insert", -1, row[0], row[1]}
	switch op := m.IntN(5); {
	case op == 0 && len(out) > 0:
		at := m.IntN(len(out))
		key := out[at].([]any)[2]
		return append(out[:at], out[at+1:]...), []any{[]any{"delete", key}}
	case op == 1 && len(out) > 0:
		at := m.IntN(len(out))
		insert[2] = out[at].([]any)[2]
		out[at] = insert
		return out, []any{insert}
	case op == 2 && len(out) > 2:
		return out[len(out)-2:], []any{[]any{"limit", -2}}
	case op == 3:
		return []any{insert}, []any{[]any{"reset"}, insert}
	}
	return append(out, insert), []any{insert}
}

var (
	comments = regexp.MustCompile(`<!--.*?-->`)
	gaps     = regexp.MustCompile(`\s+`)
)

// flat makes HTML comparable: without comments and white space.
func flat(html string) string {
	return gaps.ReplaceAllString(comments.ReplaceAllString(html, ""), "")
}

// TestRandomDiffs applies random diffs: after each, the document must be what a
// rendering of the whole page would be.
func TestRandomDiffs(t *testing.T) {
	b := browser.Start(t)
	var blocks [][]string
	decode(t, randomBlocks, &blocks)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			m := &model{Rand: rand.New(rand.NewPCG(seed, 1))}
			tree := m.instance(0)
			rendered, _ := json.Marshal(tree[1:])
			tb := open(t, b, page{blocks: randomBlocks, rendered: string(rendered)})
			for step := range 60 {
				before, _ := json.Marshal(tree)
				diff, _ := json.Marshal(m.change(tree))
				tb.diff(string(diff))
				got, want := flat(tb.eval(`document.querySelector("#conga").innerHTML`)), flat(instanceHTML(blocks, tree))
				if got != want {
					t.Fatalf("step %d\nbefore %s\ndiff %s\n got %s\nwant %s", step, before, diff, got, want)
				}
			}
		})
	}
}

func TestFlat(t *testing.T) {
	if got := flat("<p> a\n</p><!--x-->"); strings.Contains(got, " ") || got != "<p>a</p>" {
		t.Errorf("flat: %q", got)
	}
}
