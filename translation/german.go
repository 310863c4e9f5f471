package translation

// german are all messages of Conga in German.
func german() map[string]Text {
	out := map[string]Text{}
	for message, text := range germanTexts() {
		out[message] = Text{Other: text}
	}
	for _, rule := range []string{"max", "lte"} {
		out["must be at most {"+rule+"}"] = Text{Other: "darf höchstens {" + rule + "} sein"}
		out["must be at most {"+rule+"} characters"] = Text{Other: "darf höchstens {" + rule + "} Zeichen haben"}
		out["must be at most {"+rule+"} items"] = Text{"darf höchstens {" + rule + "} Eintrag haben", "darf höchstens {" + rule + "} Einträge haben"}
	}
	for _, rule := range []string{"min", "gte"} {
		out["must be at least {"+rule+"}"] = Text{Other: "muss mindestens {" + rule + "} sein"}
		out["must be at least {"+rule+"} characters"] = Text{Other: "muss mindestens {" + rule + "} Zeichen haben"}
		out["must be at least {"+rule+"} items"] = Text{"muss mindestens {" + rule + "} Eintrag haben", "muss mindestens {" + rule + "} Einträge haben"}
	}
	out["must have exactly {len} items"] = Text{"muss genau {len} Eintrag haben", "muss genau {len} Einträge haben"}
	return out
}

func germanTexts() map[string]string {
	return map[string]string{
		"The input is not valid": "Die Eingabe ist nicht gültig", "Authentication is needed": "Eine Anmeldung ist nötig",
		"This is not allowed": "Das ist nicht erlaubt", "Nothing was found": "Nichts wurde gefunden",
		"This conflicts with what is there":     "Das steht im Widerspruch zu Vorhandenem",
		"The service is not available now":      "Der Dienst steht gerade nicht zur Verfügung",
		"Something went wrong inside":           "Innen ist etwas schiefgegangen",
		"somebody else has changed the record":  "jemand anders hat den Datensatz geändert",
		"other records still refer to this one": "andere Datensätze verweisen noch darauf",
		"could not be found":                    "wurde nicht gefunden", "conflicts with what is there": "steht im Widerspruch zu Vorhandenem",
		"is not valid": "ist nicht gültig", "is not allowed": "ist nicht erlaubt", "is required": "fehlt", "is not accepted here": "wird hier nicht angenommen",
		"has already been taken": "ist schon vergeben", "does not exist": "gibt es nicht", "is given twice": "ist doppelt angegeben",
		"is related already": "ist schon verknüpft", "is not related": "ist nicht verknüpft", "cannot be stored": "kann nicht gespeichert werden",
		"must be more than {gt}": "muss mehr als {gt} sein", "must be less than {lt}": "muss weniger als {lt} sein",
		"must be more than {gt} characters": "muss mehr als {gt} Zeichen haben", "must be less than {lt} characters": "muss weniger als {lt} Zeichen haben",
		"must be more than {gt} items": "muss mehr als {gt} Einträge haben", "must be less than {lt} items": "muss weniger als {lt} Einträge haben",
		"must have exactly {len}": "muss genau {len} haben", "must have exactly {len} characters": "muss genau {len} Zeichen haben",
		"must be {eq}": "muss {eq} sein", "must not be {ne}": "darf nicht {ne} sein", "must be one of: {oneof}": "muss eines davon sein: {oneof}",
		"must be an e-mail address": "muss eine E-Mail-Adresse sein", "must be a URL": "muss eine URL sein", "must be a web address": "muss eine Webadresse sein",
		"must be a URI": "muss eine URI sein", "must be a UUID": "muss eine UUID sein", "must have letters only": "darf nur Buchstaben haben",
		"must have letters and digits only": "darf nur Buchstaben und Ziffern haben", "must be a number": "muss eine Zahl sein",
		"must have digits only": "darf nur Ziffern haben", "must be in lower case": "muss klein geschrieben sein", "must be in upper case": "muss groß geschrieben sein",
		"must contain {contains}": "muss {contains} enthalten", "must not contain {excludes}": "darf {excludes} nicht enthalten",
		"must start with {startswith}": "muss mit {startswith} beginnen", "must end with {endswith}": "muss mit {endswith} enden",
		"must have ASCII characters only": "darf nur ASCII-Zeichen haben", "must have printable ASCII characters only": "darf nur druckbare ASCII-Zeichen haben",
		"must be an IP address": "muss eine IP-Adresse sein", "must be a host name": "muss ein Rechnername sein",
		"must be a phone number such as +15551234567": "muss eine Telefonnummer wie +15551234567 sein",
		"must be a colour such as #ff8800":            "muss eine Farbe wie #ff8800 sein", "must be a time of the form {datetime}": "muss eine Zeit der Form {datetime} sein",
		"must not have the same item twice": "darf keinen Eintrag doppelt haben", "must be JSON": "muss JSON sein",
		"must be a time zone such as Europe/Berlin": "muss eine Zeitzone wie Europe/Berlin sein",
		"must be valid UTF-8":                       "muss gültiges UTF-8 sein", "must not contain the character NUL": "darf das Zeichen NUL nicht enthalten",
		"has too many digits": "hat zu viele Ziffern", "must be between the years {min} and {max}": "muss zwischen den Jahren {min} und {max} liegen",
		"must be between {min} and {max}": "muss zwischen {min} und {max} liegen", "is no JSON": "ist kein JSON", "must be true or false": "muss wahr oder falsch sein",
		"must be a number or a text with a number": "muss eine Zahl oder ein Text mit einer Zahl sein", "must be a text": "muss ein Text sein",
		"must be a whole number": "muss eine ganze Zahl sein", `must be a duration such as "PT1H30M"`: `muss eine Dauer wie "PT1H30M" sein`,
		`must be a time such as "2006-01-02T15:04:05Z"`: `muss eine Zeit wie "2006-01-02T15:04:05Z" sein`,
		`must be a date such as "2006-01-02"`:           `muss ein Datum wie "2006-01-02" sein`,
		"must be base64":                                "muss base64 sein", "must be a list": "muss eine Liste sein", "must not be null": "darf nicht null sein", "has an unknown member {name}": "hat ein unbekanntes Mitglied {name}",
		"is no cursor of this list in this order":                "ist kein Cursor dieser Liste in dieser Reihenfolge",
		"is not known of this list":                              "ist von dieser Liste nicht bekannt",
		"is not possible here: where the list ends is not known": "geht hier nicht: wo die Liste endet, ist nicht bekannt",
		"groups have no cursors: use the offset":                 "Gruppen haben keine Cursor: dafür gibt es offset",
		"must name all related records":                          "muss alle verknüpften Datensätze nennen", "is no key": "ist kein Schlüssel",
		"a stream goes forward, and does not count": "ein Strom geht vorwärts und zählt nicht",
		"does not match": "stimmt nicht überein", "must match {match}": "muss zu {match} passen", "must change": "muss sich ändern",
		"must be present": "muss da sein", "must be absent": "darf nicht da sein",
		"at least {count} of these must be present": "mindestens {count} davon müssen da sein",
		"at most {count} of these may be present":   "höchstens {count} davon dürfen da sein",
		"exactly {count} of these must be present":  "genau {count} davon müssen da sein",
		"cannot be combined with after":             "geht nicht zusammen mit after", "cannot be combined with cursors": "geht nicht zusammen mit Cursorn",
		"cannot be combined with last": "geht nicht zusammen mit last", "cannot begin as {state}": "kann nicht als {state} beginnen",
		"cannot {action} while it is {state}":    "{action} geht nicht, solange es {state} ist",
		"cannot {action} from {state} to {next}": "{action} geht nicht von {state} zu {next}", "must be one of: {states}": "muss eines davon sein: {states}",
	}
}
