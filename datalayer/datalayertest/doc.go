// Package datalayertest is the contract of package datalayer as tests. It has
// one subtest for each number of the contract in the comment of
// datalayer.Layer. A layer runs it from a test of its own:
//
//	func TestContract(t *testing.T) {
//		datalayertest.Run(t, datalayertest.Database{Open: open, Outage: outage})
//	}
//
// What a query should find is computed a second time in memory, from the same
// records, with expr.Eval; so each query of a test, also of those made at
// random, checks all of its answer.
package datalayertest
