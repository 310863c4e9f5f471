// Command conga does the chores of applications made with Conga:
//
//	conga migrate plan|new|apply|status|down|check|lint|squash|drift|adopt|sum
//	conga explain
//	conga gen resources
//
// Each tells its flags with -h. Commands that need an application's model take
// -resources with the package whose function Resources returns it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const usage = `usage: conga COMMAND
  migrate plan|new|apply|status|down|check|lint|squash|drift|adopt|sum [-resources ./package] [flags]
      make and run migrations
  explain -resources ./package [-url address] [-actor Resource/key] REQUEST
      tell which statements a request of REST or GraphQL makes, their plans, and which indexes are missing
  gen resources [-url address] [-dir folder] [-package name] [table...]
      write Go structs for the tables of a database
`

// run carries out a command line; it returns the code to exit with.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	switch {
	case len(args) >= 1 && args[0] == "migrate":
		return runMigrate(ctx, args[1:], out, errs)
	case len(args) >= 1 && args[0] == "explain":
		return runExplain(ctx, args[1:], out, errs)
	case len(args) >= 2 && args[0] == "gen" && args[1] == "resources":
		return genResources(ctx, args[2:], out, errs)
	}
	fmt.Fprint(errs, usage)
	return 2
}
