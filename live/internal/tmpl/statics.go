package tmpl

import (
	"crypto/sha256"
	"encoding/hex"
)

// staticsDocument returns the statics of blocks as JSON, and their hash, which
// is part of the document.
func staticsDocument(blocks []*block) (doc []byte, hash string) {
	var list []byte
	list = append(list, '[')
	for i, b := range blocks {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, '[')
		for j, s := range b.statics {
			if j > 0 {
				list = append(list, ',')
			}
			list = appendQuoted(list, s)
		}
		list = append(list, ']')
	}
	list = append(list, ']')
	sum := sha256.Sum256(list)
	hash = hex.EncodeToString(sum[:16])
	doc = append(doc, `{"v":"`...)
	doc = append(doc, hash...)
	doc = append(doc, `","blocks":`...)
	return append(append(doc, list...), '}'), hash
}
