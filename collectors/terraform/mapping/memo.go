package mapping

// Memo returns what build makes, which is made once per run and key: an index over all instances that the mappings of several
// services share. A key belongs to one type T.
func Memo[T any](c *Context, key string, build func() T) T {
	if made, ok := c.memos[key].(T); ok {
		return made
	}
	made := build()
	c.memos[key] = made
	return made
}
