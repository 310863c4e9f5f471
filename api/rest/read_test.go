package rest_test

import (
	"testing"
)

// TestRead holds what reads answer against what is written here.
func TestRead(t *testing.T) { onEach(t, testRead) }

func testRead(t *testing.T, on database) {
	s := seeded(t, on)
	message := func(name, body, room, author string) string {
		return `{"id":"{` + name + `}","body":"` + body + `","pinned":false,"room_id":"{` + room + `}","author_id":"{` + author +
			`}","inserted_at":"{time}","updated_at":"{time}"}`
	}
	list := func(rows, page string) string { return `{"data":[` + rows + `],"page":{` + page + `}}` }
	ids := func(names ...string) string {
		out := ""
		for i, n := range names {
			if i > 0 {
				out += ","
			}
			out += `{"id":"{` + n + `}"}`
		}
		return out
	}
	whole := `"limit":50,"after":null,"before":null,"count":null`
	tests := []struct{ name, path, want string }{
		{"record", "/api/messages/{m1}", message("m1", "one", "blue", "ana")},
		{"list", "/api/messages", list(message("m1", "one", "blue", "ana")+","+message("m2", "two", "blue", "bob")+","+
			message("m3", "three, four", "red", "ana")+","+message("m4", "five", "blue", "bob"), whole)},
		{"fields", "/api/messages?fields[message]=body,id&page[limit]=1",
			list(`{"body":"one","id":"{m1}"}`, `"limit":1,"after":"{cursor}","before":null,"count":null`)},
		{"empty fields", "/api/messages?fields[message]=&filter[id]={m1}", list(`{}`, whole)},
		{"calculated", "/api/rooms?fields[room]=name,message_count",
			list(`{"name":"blue","message_count":3},{"name":"green","message_count":0},{"name":"red","message_count":1}`,
				`"limit":3,"after":null,"before":null,"count":null`)},
		{"count", "/api/messages?fields[message]=id&page[limit]=1&page[count]=true",
			list(ids("m1"), `"limit":1,"after":"{cursor}","before":null,"count":4`)},
		{"offset", "/api/messages?fields[message]=id&page[offset]=3", list(ids("m4"), `"limit":50,"after":null,"before":"{cursor}","count":null`)},
		{"to-one", "/api/messages/{m1}?include=author&fields[message]=id&fields[user]=name", `{"id":"{m1}","author":{"name":"ana"}}`},
		{"to-one of to-one", "/api/messages/{m3}?include=room.owner&fields[message]=id&fields[room]=name&fields[user]=name",
			`{"id":"{m3}","room":{"name":"red","owner":{"name":"ana"}}}`},
		{"to-many", "/api/rooms?include=messages&fields[room]=name&fields[message]=body",
			list(`{"name":"blue","messages":[{"body":"one"},{"body":"two"},{"body":"five"}]},{"name":"green","messages":[]},{"name":"red","messages":[{"body":"three, four"}]}`,
				`"limit":3,"after":null,"before":null,"count":null`)},
		{"several", "/api/rooms/{red}?include=messages.author,owner&fields[room]=id&fields[message]=id&fields[user]=name",
			`{"id":"{red}","messages":[{"id":"{m3}","author":{"name":"ana"}}],"owner":{"name":"ana"}}`},
		{"filter", "/api/messages?fields[message]=id&filter[room_id]={red}", list(ids("m3"), whole)},
		{"filters", "/api/messages?fields[message]=id&filter[room_id]={blue}&filter[author_id][ne]={ana}", list(ids("m2", "m4"), whole)},
		{"filter to-one", "/api/messages?fields[message]=id&filter[author][name]=bob", list(ids("m2", "m4"), whole)},
		{"filter to-one with operator", "/api/messages?fields[message]=id&filter[room][owner][name][eq]=ana&filter[body][starts_with]=t", list(ids("m2", "m3"), whole)},
		{"filter to-many", "/api/rooms?fields[room]=id&filter[messages][body]=five", list(ids("blue"), `"limit":3,"after":null,"before":null,"count":null`)},
		{"filter to-many, same record", "/api/rooms?fields[room]=id&filter[messages][body]=one&filter[messages][author][name]=bob", list("", `"limit":3,"after":null,"before":null,"count":null`)},
		{"filter calculated", "/api/rooms?fields[room]=id&filter[message_count][gt]=0", list(ids("blue", "red"), `"limit":3,"after":null,"before":null,"count":null`)},
		{"in", "/api/messages?fields[message]=id&filter[body][in]=one,five", list(ids("m1", "m4"), whole)},
		{"in repeated and escaped", `/api/messages?fields[message]=id&filter[body][in]=one&filter[body][in]=three\,%20four`, list(ids("m1", "m3"), whole)},
		{"not in", "/api/messages?fields[message]=id&filter[body][not_in]=one,two,five", list(ids("m3"), whole)},
		{"contains", "/api/messages?fields[message]=id&filter[body][contains]=o", list(ids("m1", "m2", "m3"), whole)},
		{"contains no pattern", "/api/messages?fields[message]=id&filter[body][contains]=%25", list("", whole)},
		{"ends", "/api/messages?fields[message]=id&filter[body][ends_with]=e", list(ids("m1", "m4"), whole)},
		{"bool", "/api/messages?fields[message]=id&filter[pinned]=true", list("", whole)},
		{"null", "/api/rooms?fields[room]=id&filter[topic][is_null]=true&filter[name]=red", list(ids("red"), `"limit":3,"after":null,"before":null,"count":null`)},
		{"not null", "/api/rooms?fields[room]=id&filter[topic][is_null]=false", list("", `"limit":3,"after":null,"before":null,"count":null`)},
		{"empty text is no null", "/api/rooms?fields[room]=id&filter[topic]=", list("", `"limit":3,"after":null,"before":null,"count":null`)},
		{"sort", "/api/messages?fields[message]=id&sort=-body", list(ids("m2", "m3", "m1", "m4"), whole)},
		{"sort by two and through to-one", "/api/messages?fields[message]=id&sort=author.name,-inserted_at", list(ids("m3", "m1", "m4", "m2"), whole)},
		{"sort calculated", "/api/rooms?fields[room]=id&sort=-message_count", list(ids("blue", "red", "green"), `"limit":3,"after":null,"before":null,"count":null`)},
		{"other read", "/api/messages/search?text=two&fields[message]=id", list(ids("m2"), whole)},
		{"nobody's rooms", "/api/users/{bob}?include=rooms&fields[user]=id", `{"id":"{bob}","rooms":[]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			res := s.do("GET", tt.path, "")
			if got := s.normal(res.Body.String()); res.Code != 200 || got != tt.want {
				t.Errorf("GET %s\n got %d %s\nwant 200 %s", tt.path, res.Code, got, tt.want)
			}
		})
	}
}
