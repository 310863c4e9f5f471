package resource

import "context"

// ErrorHandler words the error of a call: it may change the Message and the
// Issues of e, which are for the caller to see, and add issues. The Kind and the
// Cause stay what they are, whatever it does to them.
type ErrorHandler = func(ctx context.Context, e *Error)

// OnError has f word the errors of the action before they reach whoever called
// it, through Go, REST, GraphQL and forms, also while a form is filled in. Of
// many records it gets the error of each. It never gets faults inside
// (Internal), whose text is for logs. Several run in the order in which they are declared.
//
//go:noinline
func (b *WriteBuilderOf[P]) OnError(f ErrorHandler) *WriteBuilderOf[P] {
	b.a.OnError = append(b.a.OnError, f)
	return b
}

// OnError has f word the errors of the read, see WriteBuilder.OnError.
//
//go:noinline
func (b *ReadBuilderOf[P]) OnError(f ErrorHandler) *ReadBuilderOf[P] {
	b.a.OnError = append(b.a.OnError, f)
	return b
}

// OnError has f word the errors of the action, see WriteBuilder.OnError.
func (b *GenericBuilder) OnError(f ErrorHandler) *GenericBuilder {
	b.a.OnError = append(b.a.OnError, f)
	return b
}

// OnError has f word the errors of the actions, after their own handlers, see
// WriteBuilder.OnError.
//
//go:noinline
func (b *EachBuilderOf[P]) OnError(f ErrorHandler) *EachBuilderOf[P] {
	b.e.onError = append(b.e.onError, f)
	return b
}
