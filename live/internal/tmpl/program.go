package tmpl

import (
	"errors"
	"fmt"
	"hash/maphash"
	"html/template"
	"io/fs"
	"slices"
	"sync"

	"github.com/congago/conga/internal/structs"
)

// Program is a compiled page. It may be used from many goroutines.
type Program struct {
	src    *source
	typ    structs.ValueType
	root   *unit
	blocks []*block // by id
	doc    []byte
	hash   string
	events []Event
	stock  bool // the page is one slot that html/template fills
	seed   maphash.Seed
	runs   sync.Pool
}

// Compile parses the files of fsys as html/template does, and compiles them
// for data of the type of page, whose value does not matter. The first file is
// the page and shows itself; when it only defines templates, the second, its
// layout, is shown. Definitions of the page replace blocks of the layout.
//
// A page of type nil accepts any data, without checks. Faults of the templates
// are of type *Error where their place is known.
func Compile(fsys fs.FS, funcs template.FuncMap, page any, files ...string) (*Program, error) {
	src, err := load(fsys, funcs, files)
	p := &Program{src: src, seed: maphash.MakeSeed()}
	p.runs.New = func() any { return &run{prog: p} }
	if errors.Is(err, errUncovered) {
		return p, p.compileStock()
	}
	if err != nil {
		return nil, err
	}
	p.typ = structs.ValueTypeOf(page)
	c, err := compile(src, funcs, p.typ)
	if errors.Is(err, errUncovered) {
		return p, p.compileStock()
	}
	if err != nil {
		return nil, err
	}
	p.root = c.units[unitKey{name: src.entry, dot: typing{p.typ, p.typ}}]
	p.blocks = c.all
	p.doc, p.hash = staticsDocument(c.wired)
	p.events = findEvents(src)
	return p, nil
}

// compileStock makes the page one slot that the stock executor fills.
func (p *Program) compileStock() error {
	if _, err := p.src.set.Clone(); err != nil {
		return fmt.Errorf("compile templates: %w", err)
	}
	write := func(x *run, dot structs.Value) (err error) {
		x.out, err = p.src.executeStock(x.out, dot.Interface())
		return err
	}
	b := &block{statics: []string{"", ""}, ops: []op{{kind: opText, write: write}}}
	b.slots = []*op{&b.ops[0]}
	p.stock, p.typ = true, structs.ValueType{}
	p.root = &unit{block: b, nvars: 1}
	p.blocks = []*block{b}
	p.doc, p.hash = staticsDocument(p.blocks)
	p.events = findEvents(p.src)
	return nil
}

// Stock reports whether the page is left to html/template as a whole, because
// it does what the compiler does not cover; see the package comment.
func (p *Program) Stock() bool { return p.stock }

// Statics returns the statics document of the wire, which the caller must not
// change, and its hash.
func (p *Program) Statics() (doc []byte, hash string) { return p.doc, p.hash }

// Execute appends the page's HTML for data to dst: the bytes that html/template
// gives. data must be of the type that the program was compiled for. On an
// error it returns dst as it was.
func (p *Program) Execute(dst []byte, data any) ([]byte, error) {
	v := structs.ValueOf(data)
	if err := p.check(v); err != nil {
		return dst, err
	}
	x := p.runs.Get().(*run)
	own := x.out
	x.rec, x.out = false, slices.Grow(dst, 1024)
	err := x.execute(v)
	out := x.out
	x.out = own
	x.release()
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Render appends the rendering of the page for data, as JSON, and makes st
// remember it. On an error it returns dst and leaves st as they were.
func (p *Program) Render(dst []byte, data any, st *State) ([]byte, error) {
	x, err := p.record(data)
	if err != nil {
		return dst, err
	}
	dst = x.appendRendering(dst)
	x.diff.words = x.appendState(x.diff.words[:0], p.root.block, 0)
	st.set(p, x.diff.words)
	x.release()
	return dst, nil
}

// Diff appends what differs between the page for data and the rendering that st
// remembers, as JSON, and makes st remember the new one. It reports false,
// and appends nothing, when nothing differs. On an error it returns dst and leaves
// st as they were. st must have been filled by the same program.
func (p *Program) Diff(dst []byte, data any, st *State) ([]byte, bool, error) {
	if st.prog != p {
		return dst, false, errors.New("diff page: the state is not of a rendering of this program")
	}
	x, err := p.record(data)
	if err != nil {
		return dst, false, err
	}
	d := &x.diff
	d.x, d.dst, d.old, d.pos, d.words = x, dst, st.words, 0, d.words[:0]
	changed := d.slots(p.root.block, 0)
	dst = d.dst
	st.set(p, d.words)
	d.dst, d.old = nil, nil
	x.release()
	return dst, changed, nil
}

// record runs the program for its values. The caller releases the run.
func (p *Program) record(data any) (*run, error) {
	v := structs.ValueOf(data)
	if err := p.check(v); err != nil {
		return nil, err
	}
	x := p.runs.Get().(*run)
	x.rec, x.out, x.nodes, x.keys = true, x.out[:0], x.nodes[:0], x.keys[:0]
	if err := x.execute(v); err != nil {
		x.release()
		return nil, err
	}
	return x, nil
}

// check tells whether data is of the type that the program was compiled for.
func (p *Program) check(data structs.Value) error {
	if p.typ.Known() && data.Type() != p.typ {
		return fmt.Errorf("execute %s: data has type %s, want %s", p.src.entry, data.Type(), p.typ)
	}
	return nil
}

// maxKept is the largest buffer, in bytes, that a run keeps for the next page.
const maxKept = 1 << 20

// release gives the run back, without what the page's values hold.
func (x *run) release() {
	if cap(x.out) > maxKept {
		return
	}
	clear(x.vars)
	x.args.Truncate(0)
	x.prog.runs.Put(x)
}
