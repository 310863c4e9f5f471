// Package migrate brings databases to what a model needs, by versioned files
// of SQL that go up and down.
//
// The model, the resources of an application, is created in a throw-away
// database; so are the files of a folder. Both are inspected and compared
// through Atlas, and what differs becomes steps: in an order that works, with
// the way back, and with what is dangerous told or done the safe way. Up runs
// files, under a lock and with a history in the database; the files are those
// that goose runs too.
//
// Main is the command line for an application's own binary:
//
//	func main() {
//		if len(os.Args) > 1 && os.Args[1] == "migrate" {
//			os.Exit(migrate.Main(os.Args[2:], migrate.Program{Definitions: chat.Resources(), Dir: "migrations"}))
//		}
//
// and command conga offers the same for a package with a function Resources.
package migrate
