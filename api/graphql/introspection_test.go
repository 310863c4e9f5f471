package graphql

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"
)

func TestIntrospection(t *testing.T) {
	h := start(t)
	tests := []struct{ query, want string }{
		{`{ __type(name: "Room") { kind name description fields { name } inputFields { name } enumValues { name } interfaces { name } possibleTypes { name } ofType { name } isOneOf specifiedByURL } }`,
			`{"data":{"__type":{"kind":"OBJECT","name":"Room","description":null,"fields":[{"name":"id"},{"name":"name"},{"name":"topic"},{"name":"state"},{"name":"hidden"},{"name":"ownerId"},{"name":"messageCount"},{"name":"lastPosted"},{"name":"owner"},{"name":"messages"}],"inputFields":null,"enumValues":null,"interfaces":[],"possibleTypes":null,"ofType":null,"isOneOf":null,"specifiedByURL":null}}}`},
		{`{ __type(name: "RoomSort") { inputFields { name defaultValue type { kind ofType { kind name } } } } }`,
			`{"data":{"__type":{"inputFields":[{"name":"field","defaultValue":null,"type":{"kind":"NON_NULL","ofType":{"kind":"ENUM","name":"RoomSortField"}}},{"name":"order","defaultValue":"ASC","type":{"kind":"NON_NULL","ofType":{"kind":"ENUM","name":"SortOrder"}}}]}}}`},
		{`{ __type(name: "RoomState") { enumValues { name isDeprecated } } }`,
			`{"data":{"__type":{"enumValues":[{"name":"OPEN","isDeprecated":false},{"name":"IN_PROGRESS","isDeprecated":false},{"name":"CLOSED","isDeprecated":false}]}}}`},
		{`{ __type(name: "Nothing") { name } __schema { queryType { name __typename } mutationType { name } subscriptionType { name } directives { name } } }`,
			`{"data":{"__type":null,"__schema":{"queryType":{"name":"Query","__typename":"__Type"},"mutationType":{"name":"Mutation"},"subscriptionType":{"name":"Subscription"},"directives":[{"name":"deprecated"},{"name":"include"},{"name":"oneOf"},{"name":"skip"},{"name":"specifiedBy"}]}}}`},
		{`{ __type(name: "Hash") { name } room(id: "<general>") { hash } }`, `Cannot query field \"hash\" on type \"Room\"`},
	}
	for _, tt := range tests {
		if got := h.query(t, "", tt.query, ""); !strings.Contains(got, tt.want) {
			t.Errorf("%s\n got %s\nwant %s", tt.query, got, tt.want)
		}
	}
	var whole struct {
		Errors []any
		Data   struct {
			Schema struct{ Types []struct{ Name string } } `json:"__schema"`
		}
	}
	if err := json.Unmarshal([]byte(h.query(t, "", introspection.Query, "")), &whole); err != nil {
		t.Fatal(err)
	}
	if len(whole.Errors) > 0 || len(whole.Data.Schema.Types) < 50 {
		t.Errorf("the query of tools: %d types, errors %v", len(whole.Data.Schema.Types), whole.Errors)
	}
	for _, typ := range whole.Data.Schema.Types {
		if strings.Contains(typ.Name, "Secret") && typ.Name != "BurnAllSecretPayload" {
			t.Errorf("the schema shows %s", typ.Name)
		}
	}
}
