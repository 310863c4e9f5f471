package expr

import "fmt"

// Variants tells the variants of a union apart, for OpVariant.
type Variants interface {
	// VariantOf is the name of the variant that v is of; ok is false for
	// values of other types.
	VariantOf(v any) (name string, ok bool)
	// DiscriminatorName is the member of stored documents with that name.
	DiscriminatorName() string
}

// Variant is the name of the variant that the value of the field, a union, is
// of; NULL where the field is.
func Variant[U any](p *U) Value[string] { return call[string](OpVariant, ref(p)) }

// IsVariant holds when the value of the field, a union, is of one of the
// variants of these names.
func IsVariant[U any](p *U, names ...string) Bool {
	list := List{Values: make([]any, len(names))}
	for i, name := range names {
		list.Values[i] = name
	}
	return call[bool](OpIn, Variant(p).Node(), list)
}

func variant(_ Op, args []any) (any, error) {
	if of, ok := args[1].(Variants); ok {
		if name, ok := of.VariantOf(args[0]); ok {
			return name, nil
		}
	}
	return nil, fmt.Errorf("evaluate variant: %T is of none", args[0])
}
