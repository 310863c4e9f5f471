package translation

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/de"
	"github.com/go-playground/locales/en"
	ut "github.com/go-playground/universal-translator"
)

// Language is the messages of one language. It is filled before New and not
// changed afterwards.
type Language struct {
	locale   locales.Translator
	messages map[string]Text
}

// Text is a message in a language. Its places are those of the English
// template, in any order.
type Text struct {
	// One is what is said where the number in the message is one in the sense
	// of the language; empty for the same as Other.
	One string
	// Other is what is said else.
	Other string
}

// NewLanguage is a language without messages; package locales has its rules.
func NewLanguage(rules locales.Translator) *Language {
	return &Language{rules, map[string]Text{}}
}

// English has what English says otherwise than the templates: the singular.
func English() *Language { return NewLanguage(en.New()).addAll(english()) }

// German has all messages of Conga.
func German() *Language { return NewLanguage(de.New()).addAll(german()) }

// Add says how the message, an English template, is worded.
func (l *Language) Add(message, text string) *Language { return l.AddText(message, Text{Other: text}) }

// AddText is Add for a message that depends on a number.
func (l *Language) AddText(message string, t Text) *Language {
	l.messages[message] = t
	return l
}

func (l *Language) addAll(texts map[string]Text) *Language {
	maps.Copy(l.messages, texts)
	return l
}

// Has reports whether the language words the message.
func (l *Language) Has(message string) bool { return l.messages[message].Other != "" }

// Catalog words messages in several languages. It may be used from many goroutines.
type Catalog struct {
	translators map[string]*translator
}

// translator words messages in one language.
type translator struct {
	ut.Translator
	// places are the places of each message in the order of their numbers, and
	// counted tells which messages depend on the first one, a number.
	places  map[string][]string
	counted map[string]bool
}

// New is a catalog of the languages. A text that universal-translator cannot
// read is left out, as if the language did not have it.
func New(languages ...*Language) *Catalog {
	c := &Catalog{translators: map[string]*translator{}}
	for _, l := range languages {
		t, _ := ut.New(l.locale, l.locale).GetTranslator(l.locale.Locale())
		x := &translator{t, map[string][]string{}, map[string]bool{}}
		for message, text := range l.messages {
			x.add(message, text)
		}
		c.translators[l.locale.Locale()] = x
	}
	return c
}

func (x *translator) add(message string, t Text) {
	places := placesOf(t.Other)
	if t.One == "" || len(places) != 1 {
		if x.Translator.Add(message, numbered(t.Other, places), true) == nil {
			x.places[message] = places
		}
		return
	}
	for _, rule := range x.PluralsCardinal() {
		text := t.Other
		if rule == locales.PluralRuleOne {
			text = t.One
		}
		if x.AddCardinal(message, numbered(text, places), rule, true) != nil {
			return
		}
	}
	x.places[message], x.counted[message] = places, true
}

// placesOf are the names in braces, each once.
func placesOf(text string) []string {
	var out []string
	seen := map[string]bool{}
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "{")
		name, next, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return out
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
		rest = next
	}
}

// numbered is the text with numbers for its places.
func numbered(text string, places []string) string {
	for i, name := range places {
		text = strings.ReplaceAll(text, "{"+name+"}", "{"+strconv.Itoa(i)+"}")
	}
	return text
}

// Translate words a message in the first of the languages ("de-AT", "de", "en")
// that the catalog has, also without its region; ok is false when it has none
// of them, or the language does not have the message.
func (c *Catalog) Translate(languages []string, message string, vars map[string]any) (text string, ok bool) {
	for _, language := range languages {
		if x := c.find(language); x != nil {
			return x.word(message, vars)
		}
	}
	return "", false
}

func (c *Catalog) find(language string) *translator {
	language = strings.ReplaceAll(language, "-", "_")
	for language != "" {
		if x := c.translators[language]; x != nil {
			return x
		}
		i := strings.LastIndexByte(language, '_')
		if i < 0 {
			return nil
		}
		language = language[:i]
	}
	return nil
}

func (x *translator) word(message string, vars map[string]any) (string, bool) {
	places, known := x.places[message]
	if !known {
		return "", false
	}
	values := make([]string, len(places))
	for i, name := range places {
		values[i] = fmt.Sprint(vars[name])
	}
	if !x.counted[message] {
		text, err := x.T(message, values...)
		return text, err == nil
	}
	n, err := strconv.ParseFloat(values[0], 64)
	if err != nil {
		n = 0
	}
	text, err := x.C(message, n, 0, values[0])
	return text, err == nil
}
