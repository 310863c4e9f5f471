package migrate

import (
	"context"
	"database/sql/driver"
)

// connector opens connections to one SQLite file.
type connector struct {
	driver driver.Driver
	name   string
}

// Connect opens a connection.
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.name) }

// Driver is the driver.
func (c connector) Driver() driver.Driver { return c.driver }
