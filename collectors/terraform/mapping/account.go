package mapping

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Account is the UID of the account in which the resource will be made: [Context.AccountUID] for the account of the default
// provider configuration, "aws:" and the account's id for another one, and unknown where a provider configuration does not
// tell whether it leads to the same account.
func (v View) Account() kind.Attr[string] {
	own, other := v.ctx.home(), v.ctx.login(v.Instance.Provider.Config)
	switch {
	case own.id != "" && other.id != "" && own.id != other.id:
		return kind.Known("aws:" + other.id)
	case own.id != "" && own.id == other.id, own.by == other.by:
		return kind.Known(v.ctx.AccountUID())
	}
	return kind.Unknown[string](evidence.Unresolved, "the provider configuration does not tell into which account it leads").From(v.Provenance())
}

// AccountID is the id (12 digits) of the account of the default provider configuration; "" where the configuration does not
// state it.
func (c *Context) AccountID() string { return c.home().id }

// login is what a provider configuration says of the account into which it leads.
type login struct {
	id string // the account's id, "" where it is not stated
	by string // the credentials, as far as two configurations can be told apart by them
}

// home is the login of the default provider configuration.
func (c *Context) home() login {
	return Memo(c, "login of the default provider", func() login {
		var aliased *resource.Body
		for _, r := range c.instances {
			if !strings.HasPrefix(r.Type, "aws_") {
				continue
			}
			if r.Provider.Alias == "" {
				return c.login(r.Provider.Config)
			}
			if aliased == nil {
				aliased = r.Provider.Config
			}
		}
		return c.login(aliased)
	})
}

// login reads a provider configuration. Without a role to assume and without credentials of its own it leads wherever the
// environment of the run leads, like all others of the kind.
func (c *Context) login(conf *resource.Body) login {
	if conf == nil {
		return login{}
	}
	seen := Memo(c, "logins", func() map[*resource.Body]login { return make(map[*resource.Body]login) })
	out, ok := seen[conf]
	if !ok {
		out = c.readLogin(conf)
		seen[conf] = out
	}
	return out
}

func (c *Context) readLogin(conf *resource.Body) login {
	v := View{Instance: &resource.Instance{Body: conf}, Body: conf, ctx: c}
	var out login
	for _, arg := range []string{"profile", "access_key"} {
		if a := v.Attr(arg); a.Set {
			text, _ := v.String(arg).Known()
			out.by += arg + " " + text + refsOf(a) + ";"
		}
	}
	roles, _ := v.Blocks("assume_role")
	web, _ := v.Blocks("assume_role_with_web_identity")
	for _, r := range append(roles, web...) {
		a := r.Attr("role_arn")
		text, known := r.String("role_arn").Known()
		out.by += "role " + text + refsOf(a) + ";"
		if out.id = ""; known {
			out.id = accountOfARN(text)
		}
	}
	if allowed, known := v.Strings("allowed_account_ids").Known(); known && len(allowed) == 1 && v.Attr("allowed_account_ids").Unknown == nil {
		out.id = allowed[0]
	}
	return out
}

// refsOf tells unknown values apart by what they refer to.
func refsOf(a resource.Attribute) string {
	var b strings.Builder
	for _, r := range a.Refs {
		b.WriteString(" " + r.Address + "." + r.Attr)
	}
	if a.Unknown != nil && len(a.Refs) == 0 {
		b.WriteString(" " + a.Unknown.Detail)
	}
	return b.String()
}

// accountOfARN returns the account id in an ARN, "" where it has none.
func accountOfARN(arn string) string {
	const account = 4
	fields := strings.SplitN(arn, ":", account+2)
	if len(fields) <= account || strings.Trim(fields[account], "0123456789") != "" {
		return ""
	}
	return fields[account]
}

// AccountID is the id (12 digits) of the account in which the resource will be made; "" where the configuration does not
// state it.
func (v View) AccountID() string {
	if id := v.ctx.login(v.Instance.Provider.Config).id; id != "" {
		return id
	}
	if uid, known := v.Account().Value(); known && uid == v.ctx.AccountUID() {
		return v.ctx.AccountID()
	}
	return ""
}
