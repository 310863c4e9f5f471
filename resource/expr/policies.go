package expr

// WithoutPolicies is v whatever the actor may read of the records that it
// looks at, for calculations: without it, what a calculation says of relatives that the
// actor may not read is NULL, and they are not counted. It is for what is meant
// to be known of them, such as the name of an author who cannot be looked up.
func WithoutPolicies[T any](v Value[T]) Value[T] { return call[T](OpWithoutPolicies, v.Node()) }
