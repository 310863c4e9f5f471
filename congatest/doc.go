// Package congatest helps to test applications: a store to throw away,
// assertions on errors, inputs that fit the model, the number of statements
// of a call, and a matrix of who may do what.
package congatest
