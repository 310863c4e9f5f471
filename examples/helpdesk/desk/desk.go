// Package desk is a help desk for many organisations: people with roles open
// tickets, answer them and report about them. What one organisation has, no
// other ever sees. All doors are made from this package.
package desk

import "github.com/congago/conga/resource"

// Resources are all resources of the help desk.
func Resources() []resource.Definition {
	return []resource.Definition{
		resource.Of[Organisation](), resource.Of[User](), resource.Of[Token](),
		resource.Of[Ticket](), resource.Of[TicketVersion](), resource.Of[Comment](),
		resource.Of[Tag](), resource.Of[Tagging](),
	}
}
