package resource_test

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Note has four faults, which Compile reports at once.
type Note struct {
	ID    uuid.UUID `conga:"primary"`
	Title string    `validate:"required"`
	Words int       `conga:"calculated"`
}

func (n *Note) Define(r *resource.Builder[Note]) {
	other := *n
	r.Create("write").Accept(&other.Title)
	r.Policy("wirte").AuthorizeIf(resource.Public)
}

func ExampleCompile() {
	_, err := resource.Compile(resource.Of[Note]())
	if faults, ok := errors.AsType[resource.Diagnostics](err); ok {
		for _, d := range faults {
			fmt.Println(d.Code, d.Field)
		}
	}
	// Output:
	// C012 resource_test.Note.Words
	// C007 resource_test.Note.write
	// C011 resource_test.Note.write
	// C010 resource_test.Note.wirte
}

func ExampleDiagnostic() {
	fmt.Println(resource.Diagnostic{Code: "C002", Field: "todo.Task.Title", Message: `unknown tag option "uniqe"`, Hint: `did you mean "unique"?`})
	// Output: C002: todo.Task.Title: unknown tag option "uniqe" (did you mean "unique"?)
}

// Line is one line of an invoice.
type Line struct {
	ID       int64 `conga:"primary"`
	Pieces   int   `validate:"min=1"`
	PerPiece int
	Sum      int `conga:"calculated"`
}

func (l *Line) Define(r *resource.Builder[Line]) {
	resource.Calculate(r, &l.Sum, expr.Mul(expr.F(&l.Pieces), expr.F(&l.PerPiece)))
	r.Read("list")
	r.Policy().AuthorizeIf(resource.Public)
}

func ExampleCalculate() {
	registry, err := resource.Compile(resource.Of[Line]())
	if err != nil {
		fmt.Println(err)
		return
	}
	line := resource.For[Line](registry)
	fmt.Println(line.Table, line.Path, expr.String(line.Attribute("Sum").Expr))
	// Output: lines lines Pieces * PerPiece
}

func ExampleIssue_Text() {
	i := resource.Issue{Path: []string{"body"}, Code: "max", Message: "must be at most {max} characters", Vars: map[string]any{"max": 4000}}
	fmt.Println(i.Field(), i.Text())
	// Output: body must be at most 4000 characters
}
