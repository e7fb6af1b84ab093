package iampolicy

import (
	"net/netip"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// keyClass says what a condition key can do about a grant to everyone.
type keyClass uint8

const (
	keyOther      keyClass = iota // not classified: neither of the other two can be proved
	keyOpen                       // a requester chooses the value, so a condition keeps nobody out
	keyText                       // a fixed value keeps the public out
	keyARN                        // an ARN, of which account or bucket must be fixed
	keyCIDR                       // an address range
	keyMountPoint                 // true keeps out everyone without a network path
)

// classify sorts condition keys (in lower case) after "The meaning of public" of the S3 user guide
// (access-control-block-public-access) and the global condition keys of the IAM user guide that name the requester
// or where a request comes from.
func classify(key string) keyClass {
	switch key {
	case "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths",
		"aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
		"aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths",
		"aws:userid", "aws:principalservicename", "aws:principalservicenameslist",
		"kms:calleraccount", "s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id",
		"cognito-identity.amazonaws.com:aud", "accounts.google.com:aud", "graph.facebook.com:app_id",
		"www.amazon.com:app_id":
		return keyText
	case "aws:sourcearn", "aws:principalarn", "aws:sourcevpcarn", "s3:dataaccesspointarn":
		return keyARN
	case "aws:sourceip":
		return keyCIDR
	case "elasticfilesystem:accessedviamounttarget":
		return keyMountPoint
	case "aws:securetransport", "aws:referer", "aws:useragent", "aws:requestedregion",
		"aws:multifactorauthpresent", "aws:multifactorauthage",
		"s3:prefix", "s3:delimiter", "s3:max-keys", "s3:x-amz-acl", "s3:x-amz-server-side-encryption", "s3:x-amz-storage-class",
		"s3:tlsversion", "s3:signatureversion", "s3:signatureage", "s3:authtype", "s3:versionid", "s3:object-lock-mode",
		"kms:viaservice", "kms:encryptioncontextkeys", "sns:protocol":
		return keyOpen
	default:
		return keyOther
	}
}

// narrows tells whether the condition limits a grant to everyone to requesters, networks or resources that the policy
// fixes. It does not if it also matches requests that lack the key, if it is negated, or if a value is a bare wildcard.
func (c Condition) narrows() tri.Value {
	key, known := c.Key.Known()
	if !known || c.Operator == "" {
		return tri.Unknown
	}
	class := classify(strings.ToLower(key))
	switch {
	case class == keyOpen:
		return tri.False
	case class == keyOther:
		return tri.Unknown
	case c.IfExists || c.Set == "ForAllValues": // both match a request without the key
		return tri.False
	}
	if _, negated := c.base(); negated || c.Operator == opNull {
		return tri.False
	}
	return c.fixed(class, strings.ToLower(key))
}

// excludesOthers tells whether a condition of a Deny matches every requester but some that the policy fixes, such as
// StringNotEquals aws:PrincipalOrgID. A negated operator matches a request that lacks the key, with or without IfExists.
func (c Condition) excludesOthers() tri.Value {
	key, known := c.Key.Known()
	if !known || c.Operator == "" {
		return tri.Unknown
	}
	key = strings.ToLower(key)
	if key == "aws:principalisawsservice" || key == "aws:viaawsservice" {
		// The public is no AWS service.
		return c.holds(request{key: "false"})
	}
	class := classify(key)
	switch {
	case key == "aws:requestedregion" || class == keyOther || c.Set != "":
		return tri.Unknown
	case class == keyOpen:
		return tri.False // a requester escapes by asking differently, for instance over TLS
	}
	operator, negated := c.base()
	exempts := Condition{Operator: operator, Key: c.Key, Values: c.Values, More: c.More}.fixed(class, key)
	switch {
	case exempts != tri.True:
		return tri.Unknown
	case negated:
		return tri.True
	case c.IfExists:
		return tri.Unknown
	default:
		return tri.False // only the parties that it names are denied
	}
}

// fixed tells whether all values of a condition with a positive operator are fixed.
func (c Condition) fixed(class keyClass, key string) tri.Value {
	var one func(Str) tri.Value
	switch {
	case class == keyCIDR && c.Operator == opIPAddress:
		one = fixedCIDR
	case class == keyMountPoint && c.Operator == opBool:
		one = func(s Str) tri.Value { return s.IsFold("true") }
	case class == keyARN && isTextOperator(c.Operator):
		one = c.fixedARN
	case class == keyText && isTextOperator(c.Operator):
		one = func(s Str) tri.Value { return c.fixedText(s, key) }
	default:
		return tri.Unknown
	}
	result := tri.Of(len(c.Values) > 0 || c.More)
	for _, v := range c.Values {
		result = result.And(one(v))
	}
	if c.More {
		result = result.And(tri.Unknown)
	}
	return result
}

func isTextOperator(operator string) bool {
	switch operator {
	case opStringEquals, opStringEqualsFold, opStringLike, opArnEquals, opArnLike:
		return true
	default:
		return false
	}
}

// fixedText tells whether a value names one party. A pattern that all values of the key match, such as "*" or "vpc-*", does
// not; of any other pattern, and of a policy variable, it cannot be said, but for those that mean "of the same account".
func (c Condition) fixedText(value Str, key string) tri.Value {
	if value.HasWildcard() == tri.False {
		return value.Is("").Not()
	}
	text, known := value.Known()
	if !known {
		return tri.Unknown
	}
	switch strings.ToLower(text) {
	case "*", "vpc-*", "vpce-*", "o-*":
		if c.Operator == opStringEquals || c.Operator == opStringEqualsFold {
			return tri.Unknown // these operators do not read it as a wildcard
		}
		return tri.False
	case "${aws:resourceaccount}", "${aws:principalaccount}":
		return tri.Of(strings.Contains(key, "account")).Or(tri.Unknown)
	case "${aws:resourceorgid}", "${aws:principalorgid}":
		return tri.Of(strings.Contains(key, "orgid")).Or(tri.Unknown)
	default:
		return tri.Unknown
	}
}

// fixedARN tells whether an ARN pattern fixes the account, or the bucket where the ARN has no account.
func (c Condition) fixedARN(value Str) tri.Value {
	if value.HasWildcard() == tri.False {
		return value.Is("").Not()
	}
	text := value.outline()
	if strings.Contains(text, openHole) {
		return tri.Unknown
	}
	fields := strings.SplitN(text, ":", arnFields)
	switch {
	case c.Operator == opStringEquals || c.Operator == opStringEqualsFold:
		return tri.Unknown // a wildcard that these operators do not read as one
	case strings.Trim(text, "*") == "":
		return tri.False
	case len(fields) < arnFields:
		return tri.Unknown
	case fields[4] != "" && !hasWildcard(fields[4]):
		return tri.True
	case fields[2] == "s3" && fields[4] == "" && !hasWildcard(strings.SplitN(fields[5], "/", 2)[0]):
		return tri.True
	case strings.Trim(fields[4], "*") == "" && strings.Trim(fields[5], "*") == "":
		return tri.False
	default:
		return tri.Unknown
	}
}

// The widest public address ranges that S3 takes for a limit ("The meaning of public").
const (
	widestIPv4 = 8
	widestIPv6 = 32
)

// fixedCIDR tells whether an address range is a limit: private, or not wider than /8 (IPv4) or /32 (IPv6).
func fixedCIDR(value Str) tri.Value {
	text, known := value.Known()
	if !known {
		return tri.Unknown
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return tri.Unknown
		}
		return tri.Of(!address.IsUnspecified())
	}
	for _, private := range [...]string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"} {
		network := netip.MustParsePrefix(private)
		if network.Contains(prefix.Addr()) && prefix.Bits() >= network.Bits() {
			return tri.True
		}
	}
	if prefix.Addr().Is4() {
		return tri.Of(prefix.Bits() >= widestIPv4)
	}
	return tri.Of(prefix.Bits() >= widestIPv6)
}
