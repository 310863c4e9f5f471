package unions

import (
	"reflect"
	"strings"
	"testing"

	"github.com/congago/conga"
)

func TestArgumentsAndResults(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		web := newWeb(t, w)
		for _, c := range all() {
			in := &Echo{Content: c, More: []Content{Gone{}, c}}
			out, err := conga.Call[Echo](t.Context(), w.posts, "echo", in)
			if err != nil || !reflect.DeepEqual(out, in) {
				t.Errorf("%#v became %#v, %v", in, out, err)
			}
		}
		const body = `{"content":{"type":"rating","value":3},"more":[{"type":"gone"},{"type":"text","body":"x","mood":null}]}`
		if rec := web.do(t, "POST", "/api/posts/echo", body); rec.Code != 200 || !sameDocument(rec.Body.String(), body) {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		if rec := web.do(t, "POST", "/api/posts/echo", `{"content":{"type":"rate"}}`); rec.Code != 422 || !strings.Contains(rec.Body.String(), "/content/type") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		data, failed := ask(t, w, `mutation { echoPost(input: {content: {rating: 3}, more: [{gone: true}, {text: {body: "x"}}]}) {
			result { content { ...shown } more { ...shown } } errors { message } } }`+shown, nil)
		want := `{"echoPost":{"result":{"content":{"__typename":"ContentRating","value":3},"more":[{"__typename":"ContentGone","type":"GONE"},{"__typename":"ContentText","type":"TEXT","body":"x","mood":null}]},"errors":[]}}`
		if data != want || failed != "" {
			t.Errorf("got %s %s\nwant %s", data, failed, want)
		}
	})
}
