package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/congago/conga/datalayer/migrate"
)

// needModel are the commands that look at the application's resources.
const needModel = " plan new check squash drift adopt "

// runMigrate runs migrate.Main: itself where only files are needed, otherwise
// in a program that is made for the occasion and knows the resources.
func runMigrate(ctx context.Context, args []string, out, errs io.Writer) int {
	pkg, args := cutFlag(args, "resources")
	switch {
	case pkg != "":
		code, err := runWith(ctx, "datalayer/migrate", pkg, args, out, errs)
		if err != nil {
			fmt.Fprintln(errs, "conga migrate:", err)
			return 1
		}
		return code
	case len(args) > 0 && strings.Contains(needModel, " "+args[0]+" "):
		fmt.Fprintf(errs, "conga migrate %s needs the model: name its package with -resources ./package\n", args[0])
		return 2
	}
	return migrate.Main(args, migrate.Program{Out: out, Err: errs})
}
