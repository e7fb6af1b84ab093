// Package inventory says which hosts there are and how each is reached.
package inventory

import (
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/transport"
)

// Host is one host of an inventory. What is empty is left to the SSH configuration of the user, and then to SSH's defaults.
type Host struct {
	Name  string // as reports call it; "" for this machine, which names itself
	Group string // the group that its scope is named after
	Local bool   // this machine: no SSH

	Address      string // name or address to connect to; "" = Name
	Port         int    // 0 = 22
	User         string
	IdentityFile string // private key; "" = the usual ones
	Jump         string // hosts to go through, as ProxyJump writes them
	Become       transport.Become

	Labels facts.Labels
}
