package inflect

import "testing"

func TestSingular(t *testing.T) {
	tests := map[string]string{
		"messages": "message", "chat_messages": "chat_message", "people": "person", "categories": "category",
		"boxes": "box", "branches": "branch", "buses": "bus", "news": "news", "fish": "fish", "s": "s", "": "",
	}
	for in, want := range tests {
		if got := Singular(in); got != want {
			t.Errorf("Singular(%q): got %q, want %q", in, got, want)
		}
	}
}
