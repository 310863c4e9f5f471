package conga

import (
	"context"
	"slices"

	"golang.org/x/text/language"

	"github.com/congago/conga/resource"
)

// spoken is the languages of a caller, and who speaks them.
type spoken struct {
	languages  []string
	translator resource.Translator
}

// WithLanguages is a context in whose calls messages are worded in the first of
// the languages, such as "de-AT" and "en", that Options.Translator has. Issues
// keep their code, template and variables.
func (a *App) WithLanguages(ctx context.Context, languages ...string) context.Context {
	if a.options.Translator == nil || len(languages) == 0 {
		return ctx
	}
	return context.WithValue(ctx, languagesKey, spoken{languages, a.options.Translator})
}

// AcceptLanguage is WithLanguages for the value of a header Accept-Language. A
// value that is none changes nothing.
func (a *App) AcceptLanguage(ctx context.Context, header string) context.Context {
	if a == nil || a.options.Translator == nil || header == "" {
		return ctx
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return ctx
	}
	languages := make([]string, len(tags))
	for i, tag := range tags {
		languages[i] = tag.String()
	}
	return a.WithLanguages(ctx, languages...)
}

// LanguagesFrom are the languages of the context, the best first.
func LanguagesFrom(ctx context.Context) []string {
	s, _ := ctx.Value(languagesKey).(spoken)
	return s.languages
}

// Translate words a message, a template, in the language of the context, or
// as it is.
func Translate(ctx context.Context, message string, vars map[string]any) string {
	if s, ok := ctx.Value(languagesKey).(spoken); ok {
		if text, ok := s.translator.Translate(s.languages, message, vars); ok {
			return text
		}
	}
	return Issue{Message: message, Vars: vars}.Text()
}

// TranslateIssues are the issues in the language of the context.
func TranslateIssues(ctx context.Context, issues []Issue) []Issue {
	s, ok := ctx.Value(languagesKey).(spoken)
	if !ok || len(issues) == 0 {
		return issues
	}
	out := slices.Clone(issues)
	for i := range out {
		if out[i].Said() {
			continue
		}
		if text, ok := s.translator.Translate(s.languages, out[i].Message, out[i].Vars); ok {
			out[i] = out[i].Saying(text)
		}
	}
	return out
}

// translated is an error of a call in the language of the context.
func translated(ctx context.Context, err error) error {
	if err == nil || ctx.Value(languagesKey) == nil {
		return err
	}
	switch e := err.(type) { //nolint:errorlint // what is wrapped in others is not for the caller
	case *Error:
		return translatedError(ctx, e)
	case *BulkError:
		return translatedBulk(ctx, e)
	}
	return err
}

func translatedError(ctx context.Context, e *Error) *Error {
	out := *e
	if e.Message != "" {
		out.Message = Translate(ctx, e.Message, nil)
	}
	out.Issues = TranslateIssues(ctx, e.Issues)
	return &out
}

func translatedBulk(ctx context.Context, e *BulkError) *BulkError {
	out := *e
	out.Reason = translatedError(ctx, e.Reason)
	out.Others = translatedBulks(ctx, e.Others)
	return &out
}

func translatedBulks(ctx context.Context, list []*BulkError) []*BulkError {
	if ctx.Value(languagesKey) == nil {
		return list
	}
	out := slices.Clone(list)
	for i, e := range out {
		out[i] = translatedBulk(ctx, e)
	}
	return out
}
