package graphql

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/congago/conga"
)

func TestGroups(t *testing.T) { onEach(t, testGroups) }

func testGroups(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	samples := conga.For[Sample](h.app)
	f := samples.Fields()
	at := time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC)
	for i, kind := range []Kind{"plain", "plain", "very-fancy"} {
		_, err := samples.Create(t.Context(), "make", conga.Set(&f.Kind, kind), conga.Set(&f.Grade, "1"), conga.Set(&f.Count, i+1), conga.Set(&f.Huge, int64(1)<<60),
			conga.Set(&f.Price, decimal.RequireFromString("1.10")), conga.Set(&f.Length, time.Duration(i)*time.Hour), conga.Set(&f.At, &at))
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ name, as, query, vars, want string }{
		{"totals", "", `{ messageGroups { nodes { count } } }`, "", `{"data":{"messageGroups":{"nodes":[{"count":5}]}}}`},
		{"what the actor may see", "bob", `{ messageGroups { nodes { count countDistinct { authorId } } totalCount } }`, "",
			`{"data":{"messageGroups":{"nodes":[{"count":6,"countDistinct":{"authorId":2}}],"totalCount":1}}}`},
		{"keys and aggregates", "", `{ messageGroups(by: {field: AUTHOR_NAME}, sort: {field: COUNT, order: DESC}) {
			nodes { __typename keys { authorName state: roomState } n: count min { body roomState } max { body } } hasNextPage totalCount } }`, "",
			`{"data":{"messageGroups":{"nodes":[
				{"__typename":"MessageGroup","keys":{"authorName":"ann","state":null},"n":3,"min":{"body":"five","roomState":"OPEN"},"max":{"body":"three"}},
				{"__typename":"MessageGroup","keys":{"authorName":"bob","state":null},"n":2,"min":{"body":"four","roomState":"OPEN"},"max":{"body":"two"}}],"hasNextPage":false,"totalCount":2}}}`},
		{"through a relationship, which bob may see in part", "ann", `{ messageGroups(by: [{field: ROOM_NAME}, {field: ROOM_STATE}]) { nodes { keys { roomName roomState } count } } }`, "",
			`{"data":{"messageGroups":{"nodes":[{"keys":{"roomName":"general","roomState":"OPEN"},"count":5}]}}}`},
		{"filter and having", "bob", `{ messageGroups(by: {field: ROOM_NAME}, filter: {author: {name: {eq: "bob"}}}, having: {or: [{count: {gt: 1}}, {minBody: {eq: "psst"}}], not: {count: {gt: 1}}}) { nodes { keys { roomName } } } }`, "",
			`{"data":{"messageGroups":{"nodes":[{"keys":{"roomName":"cellar"}}]}}}`},
		{"sums", "", `query($by: [SampleGroupBy!]) { sampleGroups(by: $by, sort: [{field: SUM_COUNT}], first: 1, offset: 1) {
			nodes { keys { kind } sum { count small price length } avg { count length } max { huge } } hasNextPage } }`, `{"by": [{"field": "KIND"}]}`,
			`{"data":{"sampleGroups":{"nodes":[{"keys":{"kind":"VERY_FANCY"},"sum":{"count":"3","small":"0","price":"1.10","length":"PT2H"},"avg":{"count":3,"length":"PT2H"},"max":{"huge":"1152921504606846976"}}],"hasNextPage":false}}}`},
		{"units and zones", "", `{ sampleGroups(by: [{field: AT, unit: MONTH, zone: "Europe/Berlin"}]) { nodes { keys { at } count } } utc: sampleGroups(by: [{field: AT, unit: MONTH}]) { nodes { keys { at } } } }`, "",
			`{"data":{"sampleGroups":{"nodes":[{"keys":{"at":"2026-03-31T22:00:00Z"},"count":3}]},"utc":{"nodes":[{"keys":{"at":"2026-03-01T00:00:00Z"}}]}}}`},
		{"the number of groups alone", "", `{ sampleGroups(by: {field: KIND}) { totalCount } all: sampleGroups { totalCount __typename } }`, "",
			`{"data":{"sampleGroups":{"totalCount":2},"all":{"totalCount":1,"__typename":"SampleGroups"}}}`},
		{"nothing", "", `{ sampleGroups(filter: {count: {gt: 99}}) { nodes { count sum { count } avg { price } } } none: sampleGroups(by: {field: KIND}, filter: {count: {gt: 99}}) { nodes { count } } }`, "",
			`{"data":{"sampleGroups":{"nodes":[{"count":0,"sum":{"count":null},"avg":{"price":null}}]},"none":{"nodes":[]}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := h.query(t, tt.as, tt.query, tt.vars), compact(t, tt.want); got != want {
				t.Errorf("%s %s\n got %s\nwant %s", tt.query, tt.vars, got, want)
			}
		})
	}
	h.counts.reset()
	h.query(t, "bob", `{ messageGroups(by: [{field: ROOM_NAME}, {field: AUTHOR_NAME}]) { nodes { count } } }`, "")
	if n := h.counts.n(); n != 1 {
		t.Errorf("groups take %d statements, want 1", n)
	}
}

// TestGroupErrors asks for groups that there are not.
func TestGroupErrors(t *testing.T) {
	h := start(t)
	tests := []struct{ query, want string }{
		{`{ messageGroups(by: {field: BODY}) { totalCount } }`, "BODY"},
		{`{ messageGroups(by: [{field: AUTHOR_NAME}, {field: AUTHOR_NAME}]) { totalCount } }`, "is named twice"},
		{`{ messageGroups(by: {field: AUTHOR_NAME, unit: DAY}) { totalCount } }`, "is no time"},
		{`{ messageGroups(by: {field: INSERTED_AT, unit: DAY, zone: "Moon"}) { totalCount } }`, "is no time zone"},
		{`{ messageGroups(sort: {field: AUTHOR_NAME}) { totalCount } }`, "is not grouped by"},
		{`{ messageGroups(first: 0) { totalCount } }`, "must be 1 or more"},
		{`{ messageGroups(first: 1000) { totalCount } }`, "must be at most 250"},
		{`{ messageGroups(offset: -1) { totalCount } }`, "must be 0 or more"},
		{`{ roomGroups { totalCount } }`, "roomGroups"},
		{`{ messageGroups { nodes { sum { body } } } }`, "sum"},
	}
	for _, tt := range tests {
		got := h.query(t, "", tt.query, "")
		if !strings.Contains(got, `"errors"`) || !strings.Contains(got, tt.want) {
			t.Errorf("%s\n got %s\nwant an error with %q", tt.query, got, tt.want)
		}
	}
}
