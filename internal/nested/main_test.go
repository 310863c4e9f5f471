package nested

import (
	"testing"

	"github.com/congago/conga/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
