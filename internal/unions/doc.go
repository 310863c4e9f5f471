// Package unions tests attributes whose Go type is an interface of the
// application, through every door and on both databases.
package unions
