package resource

import "strings"

// tidy is an input as the tag wants it: without spaces at the ends of texts,
// and NULL for an empty one.
func (a *Attribute) tidy(v any) any {
	if a.Union != nil && v != nil {
		return a.Union.is.Tidy(v)
	}
	switch x := v.(type) {
	case string:
		if a.Trim {
			x = strings.TrimSpace(x)
		}
		if x == "" && a.NullIfEmpty {
			return nil
		}
		return x
	case []any:
		if !a.Trim {
			return v
		}
		trimmed := make([]any, len(x))
		for i, item := range x {
			trimmed[i] = item
			if text, ok := item.(string); ok {
				trimmed[i] = strings.TrimSpace(text)
			}
		}
		return trimmed
	}
	return v
}
