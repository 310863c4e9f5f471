package inflect

import (
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	long := strings.Repeat("x", 65)
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"body", "body", 0}, {"bodi", "body", 1}, {"bod", "body", 1}, {"bodyy", "body", 1},
		{"bdoy", "body", 1}, {"inserted_at", "insertd_at", 1}, {"kitten", "sitting", 3}, {"abcd", "badc", 2},
		{long, long, 64}, {"x", long, 64}, {strings.Repeat("x", 64), strings.Repeat("x", 64), 0},
	}
	for _, tt := range tests {
		for _, pair := range [][2]string{{tt.a, tt.b}, {tt.b, tt.a}} {
			if got := Distance(pair[0], pair[1]); got != tt.want {
				t.Errorf("Distance(%q, %q) = %d, want %d", pair[0], pair[1], got, tt.want)
			}
		}
	}
}
