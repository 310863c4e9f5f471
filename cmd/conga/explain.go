package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/congago/conga/cmd/conga/explain"
)

// runExplain runs explain.Main in a program that is made for the occasion and
// knows the resources.
func runExplain(ctx context.Context, args []string, out, errs io.Writer) int {
	pkg, args := cutFlag(args, "resources")
	switch {
	case slices.Contains(args, "-h"), slices.Contains(args, "-help"), slices.Contains(args, "--help"):
		return explain.Main([]string{"-h"}, explain.Program{Out: out, Err: errs})
	case pkg == "":
		fmt.Fprintln(errs, "conga explain needs the model: name its package with -resources ./package")
		return 2
	}
	code, err := runWith(ctx, "cmd/conga/explain", pkg, args, out, errs)
	if err != nil {
		fmt.Fprintln(errs, "conga explain:", err)
		return 1
	}
	return code
}
