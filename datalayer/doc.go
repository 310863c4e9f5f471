// Package datalayer is the contract between the engine and a database. A
// Layer reads and writes the records of resources; it knows nothing of
// actions, policies or actors, which the engine has turned into conditions
// before it asks.
//
// The contract is numbered in the comment of Layer. Package datalayertest has
// one subtest for each number and is run against every layer.
package datalayer
