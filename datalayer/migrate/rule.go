package migrate

import (
	"regexp"
	"strings"
)

// rule is one danger that Lint knows.
type rule struct {
	code  string
	match *regexp.Regexp
	// unless excuses a statement that matches.
	unless func(l *linter, s string) bool
	// postgres tells that only PostgreSQL is at risk, spares that a table made
	// by the files is not.
	postgres, spares bool
	lock             string
	message, advice  string
}

const expandAndContract = "expand and contract: add the new column beside the old one; let the application write both, " +
	"or a trigger do so; fill the old rows in batches; let the application read the new one; drop the old one in a later release"

// rules are all dangers, by code. A code keeps its meaning for ever.
var rules = []rule{
	{
		code: "M01", match: regexp.MustCompile(`^(drop (table|schema|materialized view)|truncate|alter table .* drop (column )?(if exists )?"?\w)`), spares: true,
		unless: func(l *linter, s string) bool {
			return notLosing.ReplaceAllString(s, "") != s && losses([]string{s}) == "" || l.copied(tableIn(s))
		},
		lock: "ACCESS EXCLUSIVE", message: "data is lost, and programs that still read it fail",
		advice: "contract only after no running version of the application knows it; keep a backup",
	},
	{
		code: "M02", match: regexp.MustCompile(`^alter table .* rename (to|column|"?\w+"? to)\b`), spares: true,
		unless: func(_ *linter, s string) bool { return strings.Contains(s, " rename constraint ") },
		lock:   "ACCESS EXCLUSIVE", message: "running versions of the application know the old name only, and fail from this moment on",
		advice: expandAndContract,
	},
	{
		code: "M03", match: regexp.MustCompile(`^alter table .* alter (column )?("[^"]+"|\w+) (set data )?type `), postgres: true, spares: true,
		lock: "ACCESS EXCLUSIVE", message: "the type of a column changes: the whole table and its indexes are written anew, while nobody reads or writes",
		advice: expandAndContract,
	},
	{
		code: "M04", match: regexp.MustCompile(`^alter table .* set not null`), postgres: true, spares: true,
		unless: func(l *linter, _ string) bool { return l.validated },
		lock:   "ACCESS EXCLUSIVE", message: "all rows are read to make sure that there is no NULL, while nobody reads or writes",
		advice: "add a check (… is not null) not valid, validate it in another transaction, then set not null and drop the check",
	},
	{
		code: "M05", match: regexp.MustCompile(`^alter table .* add (constraint ("[^"]+"|\w+) )?(foreign key|check)\b`), postgres: true, spares: true,
		unless: func(_ *linter, s string) bool { return strings.HasSuffix(s, " not valid") },
		lock:   "SHARE ROW EXCLUSIVE", message: "all rows are checked while nobody writes",
		advice: "add the constraint not valid, and validate it in another transaction",
	},
	{
		code: "M06", match: regexp.MustCompile(`^create (unique )?index `), spares: true,
		unless: func(l *linter, s string) bool {
			return strings.Contains(s, " concurrently ") || l.copied(tableIn(s))
		},
		lock: "SHARE", message: "nobody writes while the index is built",
		advice: "on PostgreSQL: create index concurrently, in a file of its own with -- +goose NO TRANSACTION",
	},
	{
		code: "M07", match: regexp.MustCompile(`^alter table .* add (constraint ("[^"]+"|\w+) )?(unique|primary key|exclude)\b`), postgres: true, spares: true,
		unless: func(_ *linter, s string) bool { return strings.Contains(s, " using index ") },
		lock:   "ACCESS EXCLUSIVE", message: "nobody reads or writes while the index of the constraint is built",
		advice: "create a unique index concurrently, then add the constraint using index; an EXCLUDE constraint has no such way",
	},
	{
		code: "M08", match: regexp.MustCompile(`^alter table .* add (column )?.*(default .*(random|uuid|clock_timestamp|nextval|timeofday)\w*\(|generated .* stored|generated .* as identity|serial)`),
		postgres: true, spares: true,
		lock: "ACCESS EXCLUSIVE", message: "the whole table is written anew, since each row gets a value of its own, while nobody reads or writes",
		advice: "add the column without a default, set the default for new rows, and fill the old ones in batches",
	},
	{
		code: "M09", match: regexp.MustCompile(`^(create (unique )?index|drop index|reindex|refresh materialized view) concurrently\b`), postgres: true,
		unless:  func(l *linter, _ string) bool { return l.file.NoTransaction },
		message: "concurrently fails within a transaction", advice: "begin the file with -- +goose NO TRANSACTION",
	},
	{
		code: "M10", match: regexp.MustCompile(` validate constraint `), postgres: true, spares: true,
		unless: func(l *linter, s string) bool {
			return !l.notValid[tableIn(s)] || l.file.NoTransaction || l.file.Version == ""
		},
		lock: "that of the statement before", message: "the rows are checked in the transaction that added the constraint, so its lock is held all the time",
		advice: "validate in a file of its own",
	},
	{
		code: "M11", match: regexp.MustCompile(`^(update|delete from) `), spares: true,
		lock:    "ROW EXCLUSIVE, and each row",
		message: "rows are changed in one transaction: they stay locked until its end, and vacuum waits",
		advice:  "on large tables, do so in batches of some thousand rows before the migration",
	},
	{
		code: "M12", match: regexp.MustCompile(`^alter table .* add (column )?(if not exists )?("[^"]+"|\w+) .*\bnot null\b`), spares: true,
		unless: func(_ *linter, s string) bool {
			return strings.Contains(s, " default ") || strings.Contains(s, " generated ") || strings.Contains(s, " check ")
		},
		message: "this fails if the table has rows: they have no value", advice: "give it a default, or let it be null, fill it, and then forbid null",
	},
	{
		code: "M13", match: regexp.MustCompile(`^(vacuum full|cluster|lock table|reindex (table|index|schema|database|system) ("|\w))`),
		unless:   func(_ *linter, s string) bool { return strings.Contains(s, " concurrently ") },
		postgres: true, spares: true,
		lock: "ACCESS EXCLUSIVE", message: "nobody reads or writes while it runs", advice: "",
	},
	{
		code: "M15", match: regexp.MustCompile(`^insert into "conga_new_`), spares: true,
		unless:  func(l *linter, _ string) bool { return l.postgres },
		message: "the table is made anew, with all its rows copied: nobody writes to the database meanwhile",
	},
}

// copied tells whether a table of SQLite is being made anew by this file.
func (l *linter) copied(table string) bool {
	for _, s := range l.file.Up {
		lower := strings.ToLower(s)
		if from, ok := copiedFrom(lower); ok && unquote(from) == table || strings.HasPrefix(lower, `insert into "conga_new_`+table+`"`) {
			return true
		}
	}
	return false
}
