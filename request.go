package conga

import (
	"fmt"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// question is a fact about one action.
type question struct {
	fact   *resource.Fact
	action *resource.Action
}

// about makes facts be about another action until the returned function is
// called: the policies of what is loaded hear nothing of the call itself.
func (b *binder) about(action *resource.Action) func() {
	if b.request.Action == action {
		return func() {}
	}
	own := b.request
	if own.Action == nil {
		b.request.Action = action
	} else {
		b.request = resource.Request{Action: action, Actor: b.actor}
	}
	return func() { b.request = own }
}

// answer finds out a fact, once. What cannot be found out is unknown, and the
// call ends with the error.
func (b *binder) answer(x expr.Fact) (v any) {
	f, ok := x.Ask.(*resource.Fact)
	if !ok {
		return nil
	}
	q := question{f, b.request.Action}
	if known, ok := b.answers[q]; ok {
		return known
	}
	defer func() {
		if p := recover(); p != nil {
			v, b.fault = nil, fmt.Errorf("check %q panicked: %v", x.Name, p)
		}
	}()
	request := b.request
	v, err := f.Answer(b.ctx, &request)
	if err != nil {
		v, b.fault = nil, fmt.Errorf("check %q: %w", x.Name, err)
	}
	if b.answers == nil {
		b.answers = map[question]any{}
	}
	b.answers[q] = v
	return v
}

// requestOf is what facts are told of a read.
func requestOf(action *resource.Action, actor any, s *Selection) resource.Request {
	r := resource.Request{Action: action, Actor: actor, Select: s.Select, Where: s.Where}
	for _, l := range s.Load {
		r.Load = append(r.Load, l.Relationship)
	}
	return r
}
