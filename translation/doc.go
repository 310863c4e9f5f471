// Package translation words the messages of Conga, and those of an
// application, in the languages of its visitors: through universal-translator,
// with the plural rules of each language.
//
//	app, err := conga.NewWith(conga.Options{
//		Translator: translation.New(translation.English(), translation.German().
//			Add("is no reason", "ist kein Grund")),
//	}, …)
//
// A catalog is a value: nothing is registered anywhere else. The key of a
// message is its English template, such as "must be at most {max} characters".
package translation
