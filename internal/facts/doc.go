// Package facts tests, on both databases and from the outside, behaviours that
// frameworks of this kind are known to get wrong. Their numbers are those of
// docs/ash.md. It has tests alone.
package facts
