package translation

// english are the messages with a number in the singular.
func english() map[string]Text {
	out := map[string]Text{}
	for _, rule := range []string{"max", "lte"} {
		out["must be at most {"+rule+"} characters"] = Text{"must be at most {" + rule + "} character", "must be at most {" + rule + "} characters"}
		out["must be at most {"+rule+"} items"] = Text{"must be at most {" + rule + "} item", "must be at most {" + rule + "} items"}
	}
	for _, rule := range []string{"min", "gte"} {
		out["must be at least {"+rule+"} characters"] = Text{"must be at least {" + rule + "} character", "must be at least {" + rule + "} characters"}
		out["must be at least {"+rule+"} items"] = Text{"must be at least {" + rule + "} item", "must be at least {" + rule + "} items"}
	}
	out["must have exactly {len} characters"] = Text{"must have exactly {len} character", "must have exactly {len} characters"}
	out["must have exactly {len} items"] = Text{"must have exactly {len} item", "must have exactly {len} items"}
	return out
}
