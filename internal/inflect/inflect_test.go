package inflect_test

import (
	"testing"

	"github.com/congago/conga/internal/inflect"
)

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"RoomID": "room_id", "ID": "id", "HTTPServer": "http_server", "InsertedAt": "inserted_at",
		"UserIDs": "user_ids", "Body": "body", "OAuth2Token": "o_auth2_token", "already_snake": "already_snake",
		"URL": "url", "MessageCount": "message_count",
	} {
		if got := inflect.Snake(in); got != want {
			t.Errorf("Snake(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCamelAndPascal(t *testing.T) {
	for in, want := range map[string]string{"room_id": "roomId", "id": "id", "message_count": "messageCount", "": ""} {
		if got := inflect.Camel(in); got != want {
			t.Errorf("Camel(%q) = %q, want %q", in, got, want)
		}
	}
	if got := inflect.Pascal("sign_in"); got != "SignIn" {
		t.Errorf("Pascal(sign_in) = %q", got)
	}
}

func TestPlural(t *testing.T) {
	for in, want := range map[string]string{
		"message": "messages", "category": "categories", "box": "boxes", "person": "people", "day": "days",
		"team_person": "team_people", "bus": "buses", "address": "addresses", "status": "statuses", "match": "matches",
	} {
		if got := inflect.Plural(in); got != want {
			t.Errorf("Plural(%q) = %q, want %q", in, got, want)
		}
	}
}
