// Package wire turns canonical values into JSON and back: the one place where
// the text of a value in documents, query strings, forms and cursors is settled.
//
// Writing goes through the Append functions, which use no reflection but for
// values of kind JSON:
//
//	string     a JSON string; invalid UTF-8 becomes U+FFFD
//	bool       true, false
//	int        a JSON number
//	float      a JSON number; NaN and the infinities, which JSON lacks, are null
//	decimal    a JSON string with all its digits: "12.50"
//	time       a JSON string, RFC 3339 in UTC: "2006-01-02T15:04:05.000001Z"
//	duration   a JSON string, ISO 8601: "PT1H30M"
//	uuid       a JSON string in lower case
//	bytes      a JSON string, standard base64 with padding
//	JSON       the document
//
// Reading is strict: what would lose something on the way is refused with an
// issue that names the input.
package wire
