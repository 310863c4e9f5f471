// Package structs is the only room that looks at Go types by reflection. It
// turns struct types into descriptions with accessors as closures, which the
// other rooms use without knowing how they are made.
package structs
