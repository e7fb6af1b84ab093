package tffunc

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func networkFunctions() map[string]entry {
	number := func(name string) function.Parameter { return function.Parameter{Name: name, Type: cty.Number} }
	prefix := stringParam("prefix")
	newbits := number("newbits")

	return map[string]entry{
		"cidrhost":    fixed(cty.String, cidrHost, prefix, number("hostnum")),
		"cidrnetmask": fixed(cty.String, cidrNetmask, prefix),
		"cidrsubnet":  fixed(cty.String, cidrSubnet, prefix, newbits, number("netnum")),
		"cidrsubnets": {fn: function.New(&function.Spec{
			Params:       []function.Parameter{prefix},
			VarParam:     &newbits,
			Type:         function.StaticReturnType(cty.List(cty.String)),
			RefineResult: notNull,
			Impl:         func(args []cty.Value, _ cty.Type) (cty.Value, error) { return cidrSubnets(args) },
		})},
	}
}

// parseCIDR accepts leading zeros in IPv4 octets and takes them for decimal, as Terraform has always done; the
// standard library refuses them.
func parseCIDR(v cty.Value) (*net.IPNet, error) {
	address, length, _ := strings.Cut(v.AsString(), "/")

	if !strings.Contains(address, ":") {
		octets := strings.Split(address, ".")
		for i, octet := range octets {
			if trimmed := strings.TrimLeft(octet, "0"); trimmed != octet && len(octet) > 0 {
				octets[i] = trimmed
				if trimmed == "" {
					octets[i] = "0"
				}
			}
		}

		address = strings.Join(octets, ".")
	}

	_, network, err := net.ParseCIDR(address + "/" + length)
	if err != nil {
		return nil, function.NewArgErrorf(0, "invalid CIDR expression: %w", err)
	}

	return network, nil
}

func wholeNumber(v cty.Value, arg int) (*big.Int, error) {
	n, accuracy := v.AsBigFloat().Int(nil)
	if n == nil || accuracy != big.Exact {
		return nil, function.NewArgErrorf(arg, "a whole number is required")
	}

	return n, nil
}

// prefixBits returns an argument that says by how many bits to extend a prefix.
func prefixBits(v cty.Value, arg int) (int, error) {
	n, err := wholeNumber(v, arg)
	if err != nil {
		return 0, err
	}

	if !n.IsInt64() || n.Int64() < -128 || n.Int64() > 128 {
		return 0, function.NewArgErrorf(arg, "must not exceed 128")
	}

	return int(n.Int64()), nil
}

func cidrHost(args []cty.Value) (cty.Value, error) {
	network, err := parseCIDR(args[0])
	if err != nil {
		return cty.NilVal, err
	}

	number, err := wholeNumber(args[1], 1)
	if err != nil {
		return cty.NilVal, err
	}

	ip, err := cidr.HostBig(network, number)
	if err != nil {
		return cty.NilVal, fmt.Errorf("no such host: %w", err)
	}

	return cty.StringVal(ip.String()), nil
}

func cidrNetmask(args []cty.Value) (cty.Value, error) {
	network, err := parseCIDR(args[0])
	if err != nil {
		return cty.NilVal, err
	}

	if network.IP.To4() == nil {
		return cty.NilVal, function.NewArgErrorf(0, "IPv6 addresses cannot have a netmask")
	}

	return cty.StringVal(net.IP(network.Mask).String()), nil
}

func cidrSubnet(args []cty.Value) (cty.Value, error) {
	network, err := parseCIDR(args[0])
	if err != nil {
		return cty.NilVal, err
	}

	bits, err := prefixBits(args[1], 1)
	if err != nil {
		return cty.NilVal, err
	}

	number, err := wholeNumber(args[2], 2)
	if err != nil {
		return cty.NilVal, err
	}

	if length, _ := network.Mask.Size(); length+bits < 0 {
		return cty.NilVal, function.NewArgErrorf(1, "would leave less than no prefix")
	}

	subnet, err := cidr.SubnetBig(network, bits, number)
	if err != nil {
		return cty.NilVal, fmt.Errorf("no such subnet: %w", err)
	}

	return cty.StringVal(subnet.String()), nil
}

// maxNewBits is Terraform's own limit for cidrsubnets, which cidrsubnet does not have.
const maxNewBits = 32

// cidrSubnets allots consecutive subnets of the given lengths, each aligned to its own size.
func cidrSubnets(args []cty.Value) (cty.Value, error) {
	network, err := parseCIDR(args[0])
	if err != nil {
		return cty.NilVal, err
	}

	length, size := network.Mask.Size()

	subnets := make([]cty.Value, 0, len(args)-1)

	var current *net.IPNet

	for i, arg := range args[1:] {
		bits, err := prefixBits(arg, i+1)
		if err != nil {
			return cty.NilVal, err
		}

		if bits < 1 {
			return cty.NilVal, function.NewArgErrorf(i+1, "must extend prefix by at least one bit")
		}

		if bits > maxNewBits {
			return cty.NilVal, function.NewArgErrorf(i+1, "may not extend prefix by more than %d bits", maxNewBits)
		}

		if length+bits > size {
			return cty.NilVal, function.NewArgErrorf(i+1, "would extend prefix to %d bits, but the address has %d", length+bits, size)
		}

		if current, err = nextSubnet(network, current, length+bits); err != nil {
			return cty.NilVal, function.NewArgError(i+1, err)
		}

		subnets = append(subnets, cty.StringVal(current.String()))
	}

	if len(subnets) == 0 {
		return cty.ListValEmpty(cty.String), nil
	}

	return cty.ListVal(subnets), nil
}

// nextSubnet returns the first subnet of the given length after current, or the very first if that is nil.
func nextSubnet(network, current *net.IPNet, length int) (*net.IPNet, error) {
	_, size := network.Mask.Size()
	if current == nil {
		return &net.IPNet{IP: network.IP, Mask: net.CIDRMask(length, size)}, nil
	}

	next, rollover := cidr.NextSubnet(current, length)
	if rollover || !network.Contains(next.IP) {
		return nil, errors.New("not enough remaining address space")
	}

	return next, nil
}
