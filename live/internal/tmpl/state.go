package tmpl

// State is what a session remembers of the last rendering that its client
// has: a 64-bit hash for each slot, and two for each row of a list, never a
// value. The zero State remembers nothing; Render fills it. A State belongs to
// one session and is not safe for concurrent use.
type State struct {
	prog *Program
	// words holds, in the order of the slots:
	//   - for text, its hash;
	//   - for an instance, its block plus one (0: nothing) and, in the lower
	//     half, how many words of what is inside it follow;
	//   - for a list, its number of rows and, in the lower half, how many words
	//     follow: the hashes of key and content of each row, or, where rows
	//     hold lists themselves, the hash of the key and then an instance;
	//   - for a stream, nothing.
	words []uint64
}

// Size returns how many bytes the state takes beyond its own.
func (s *State) Size() int { return 8 * cap(s.words) }

// set keeps a copy of words, in as little memory as they need.
func (s *State) set(p *Program, words []uint64) {
	s.prog = p
	if cap(s.words) < len(words) || cap(s.words) > 2*len(words)+16 {
		s.words = make([]uint64, 0, len(words))
	}
	s.words = append(s.words[:0], words...)
}

func pack(high, low int) uint64          { return uint64(high)<<32 | uint64(low) }
func unpack(word uint64) (high, low int) { return int(word >> 32), int(uint32(word)) }

// appendState appends the words of the nodes from index i to end, which fill
// the slots of b.
func (x *run) appendState(words []uint64, b *block, i int) []uint64 {
	for _, o := range b.slots {
		words = x.appendSlotState(words, o, i)
		i += int(x.nodes[i].size)
	}
	return words
}

func (x *run) appendSlotState(words []uint64, o *op, i int) []uint64 {
	n := &x.nodes[i]
	switch n.kind {
	case nodeText:
		return append(words, x.hashNode(n))
	case nodeNothing:
		return append(words, 0)
	case nodeInstance:
		return x.appendInstanceState(words, i)
	case nodeList:
		at := len(words)
		words = append(words, 0)
		for r := i + 1; r < i+int(n.size); r += int(x.nodes[r].size) {
			words = x.appendRowState(append(words, x.nodes[r].hash), o, r)
		}
		words[at] = pack(int(n.count), len(words)-at-1)
	}
	return words
}

func (x *run) appendRowState(words []uint64, o *op, r int) []uint64 {
	if o.deep {
		return x.appendInstanceState(words, r)
	}
	return append(words, x.hashNode(&x.nodes[r]))
}

func (x *run) appendInstanceState(words []uint64, i int) []uint64 {
	n := &x.nodes[i]
	at := len(words)
	words = append(words, 0)
	words = x.appendState(words, x.prog.blocks[n.block], i+1)
	words[at] = pack(int(n.block)+1, len(words)-at-1)
	return words
}
