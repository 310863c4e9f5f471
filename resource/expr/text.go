package expr

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Position is where part first occurs in the text, counted in characters from
// 1; 0 where it does not.
func Position(text, part Value[string]) Value[int] {
	return call[int](OpPosition, text.Node(), part.Node())
}

// Replace is the text with each occurrence of old replaced; the text itself
// where old is empty.
func Replace(text, old, with Value[string]) Value[string] {
	return call[string](OpReplace, text.Node(), old.Node(), with.Node())
}

// Substring is at most length characters of the text from the one at start,
// counted from 1. What lies outside of the text counts and is not there.
func Substring[T Text](text Value[T], start, length int) Value[T] {
	if start < 1 {
		start, length = 1, length+start-1
	}
	const most = math.MaxInt32 // no text is longer
	return call[T](OpSubstring, text.Node(), Literal{int64(min(start, most))}, Literal{int64(min(max(length, 0), most))})
}

// SplitPart is the n-th part, counted from 1, of the text split at each
// separator; empty where there are fewer. An empty separator does not split.
func SplitPart[T Text](text Value[T], separator string, n int) Value[T] {
	return call[T](OpSplitPart, text.Node(), Literal{separator}, Literal{int64(max(n, 1))})
}

// part computes SplitPart.
func part(text, separator string, n int64) string {
	if separator == "" {
		if n == 1 {
			return text
		}
		return ""
	}
	for ; n > 1; n-- {
		_, rest, found := strings.Cut(text, separator)
		if !found {
			return ""
		}
		text = rest
	}
	text, _, _ = strings.Cut(text, separator)
	return text
}

func position(_ Op, args []any) (any, error) {
	text, ok := args[0].(string)
	sub, isText := args[1].(string)
	if !ok || !isText {
		return nil, fmt.Errorf("evaluate position: %T and %T are no texts", args[0], args[1])
	}
	before, _, found := strings.Cut(text, sub)
	if !found {
		return int64(0), nil
	}
	return int64(utf8.RuneCountInString(before)) + 1, nil
}

func replacement(_ Op, args []any) (any, error) {
	text, a := args[0].(string)
	old, b := args[1].(string)
	with, c := args[2].(string)
	if !a || !b || !c {
		return nil, errors.New("evaluate replace: not all arguments are texts")
	}
	if old == "" {
		return text, nil
	}
	return strings.ReplaceAll(text, old, with), nil
}

func substring(_ Op, args []any) (any, error) {
	text, a := args[0].(string)
	start, b := args[1].(int64)
	length, c := args[2].(int64)
	if !a || !b || !c || start < 1 || length < 0 {
		return nil, errors.New("evaluate substring: it is a text, a start from 1 and a length")
	}
	rs := []rune(text)
	rs = rs[min(start-1, int64(len(rs))):]
	return string(rs[:min(length, int64(len(rs)))]), nil
}

func splitPart(_ Op, args []any) (any, error) {
	text, a := args[0].(string)
	separator, b := args[1].(string)
	n, c := args[2].(int64)
	if !a || !b || !c || n < 1 {
		return nil, errors.New("evaluate split_part: it is a text, a separator and a number from 1")
	}
	return part(text, separator, n), nil
}
