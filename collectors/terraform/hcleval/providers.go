package hcleval

// providerRef names a provider configuration of a module instance.
type providerRef struct {
	module *moduleInstance
	name   string
	alias  string
}
