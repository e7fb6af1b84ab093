package aws

import (
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// rdsSettings reads what a database's parameter and option groups say, which every engine calls by another name.
type rdsSettings struct {
	c               *mapping.Context
	v               mapping.View
	name, version   kind.Attr[string]
	groupArg, group string // the argument that names the parameter group, and the group's type
}

func rdsEngineOf(c *mapping.Context, v mapping.View, d kind.Datastore, groupArg, group string) rdsSettings {
	return rdsSettings{c: c, v: v, name: d.Engine, version: d.EngineVersion, groupArg: groupArg, group: group}
}

// param reads a parameter; def is its value in the engine's default parameter group.
func (e rdsSettings) param(name string, def kind.Attr[string]) kind.Attr[string] {
	return parameter(e.c, e.v, e.groupArg, e.group, name, def)
}

// tls is whether the database refuses connections without TLS.
func (e rdsSettings) tls() kind.Attr[bool] {
	return kind.Then(e.name, func(name string) kind.Attr[bool] {
		switch family(name) {
		case "postgres":
			return awsstore.Enabled(e.param("rds.force_ssl", e.forceSSL(name)))
		case "mysql":
			return awsstore.Enabled(e.param("require_secure_transport", e.secureTransport(name)))
		case "sqlserver":
			return awsstore.Enabled(e.param("rds.force_ssl", kind.Known("0")))
		case "oracle":
			return e.option("NATIVE_NETWORK_ENCRYPTION", "SQLNET.ENCRYPTION_SERVER", "REQUIRED")
		}
		return kind.Unknown[bool](evidence.Unsupported, "how engine "+strconv.Quote(name)+" requires TLS")
	})
}

// family groups the engines of RDS by what their settings are called.
func family(engine string) string {
	switch {
	case engine == "postgres", engine == "aurora-postgresql":
		return "postgres"
	case engine == "mysql", engine == "mariadb", engine == "aurora-mysql", engine == "aurora":
		return "mysql"
	case strings.HasPrefix(engine, "sqlserver-"):
		return "sqlserver"
	case strings.HasPrefix(engine, "oracle-"):
		return "oracle"
	}
	return ""
}

// forceSSL is the default of rds.force_ssl: on since PostgreSQL 15, of Aurora since 17.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html
func (e rdsSettings) forceSSL(name string) kind.Attr[string] {
	since := 15
	if isAurora(name) {
		since = 17
	}
	return kind.Then(e.release(), func(r release) kind.Attr[string] { return onSince(r, release{since, 0}) })
}

// secureTransport is the default of require_secure_transport: off, but for MariaDB since 11.8. Of releases newer than those
// that were looked at it is not known.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mariadb-ssl-connections.require-ssl.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html
func (e rdsSettings) secureTransport(name string) kind.Attr[string] {
	return kind.Then(e.release(), func(r release) kind.Attr[string] {
		switch {
		case name == "mariadb":
			return onSince(r, release{11, 8})
		case r.before(release{8, 4}):
			return kind.Known("0")
		}
		return kind.Unknown[string](evidence.Unsupported, "the default of require_secure_transport in "+name+" "+r.String())
	})
}

func onSince(have, since release) kind.Attr[string] {
	if have.before(since) {
		return kind.Known("0")
	}
	return kind.Known("1")
}

// release is the first two numbers of an engine version.
type release struct{ major, minor int }

func (r release) before(other release) bool {
	return r.major < other.major || r.major == other.major && r.minor < other.minor
}

func (r release) String() string { return strconv.Itoa(r.major) + "." + strconv.Itoa(r.minor) }

// release is what engine_version says, else what the parameter group's family says (postgres16, mysql8.0).
func (e rdsSettings) release() kind.Attr[release] {
	version := e.version
	if _, unknown := version.Reason(); unknown {
		if r := e.v.Targets(e.groupArg, e.group).First(); r != nil {
			version = e.c.View(r).String("family").ElseAttr(version)
		}
	}
	return kind.Then(version, func(s string) kind.Attr[release] {
		r, ok := parseRelease(s)
		if !ok {
			return kind.Unknown[release](evidence.ParseError, "engine version "+strconv.Quote(s))
		}
		return kind.Known(r)
	})
}

// parseRelease reads the numbers of "16.3", "8.0.mysql_aurora.3.05.2", "15" or the family "aurora-postgresql15".
func parseRelease(s string) (release, bool) {
	s = strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz-")
	major, rest, _ := strings.Cut(s, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return release{}, false
	}
	m, err := strconv.Atoi(minor)
	if err != nil {
		m = 0
	}
	return release{n, m}, true
}

// audit is whether the database records who reads and writes what.
func (e rdsSettings) audit() kind.Attr[bool] {
	return kind.Then(e.name, func(name string) kind.Attr[bool] {
		off := kind.Known("").From(e.v.Provenance())
		switch family(name) {
		case "postgres":
			loaded := kind.Convert(e.param("shared_preload_libraries", off), func(s string) bool {
				return strings.Contains(s, "pgaudit")
			})
			classes := kind.Convert(e.param("pgaudit.log", off), func(s string) bool { return s != "" && !strings.EqualFold(s, "none") })
			statements := kind.Convert(e.param("log_statement", off), func(s string) bool { return strings.EqualFold(s, "all") })
			return kind.Either(kind.Both(loaded, classes), statements)
		case "mysql":
			general := awsstore.Enabled(e.param("general_log", off))
			if isAurora(name) {
				return kind.Either(awsstore.Enabled(e.param("server_audit_logging", off)), general)
			}
			return kind.Either(e.option("MARIADB_AUDIT_PLUGIN", "", ""), general)
		case "sqlserver":
			return e.option("SQLSERVER_AUDIT", "", "")
		}
		return kind.Unknown[bool](evidence.Unsupported, "how engine "+strconv.Quote(name)+" audits access")
	})
}

// option is whether the database's option group has an option and, where a setting is named, sets it to the value.
func (e rdsSettings) option(name, setting, value string) kind.Attr[bool] {
	const arg, typ = "option_group_name", "aws_db_option_group"
	prov := e.v.ProvenanceOf(arg)
	if e.v.String(arg).Absent() {
		return kind.Known(false).From(prov)
	}
	t := e.v.Targets(arg, typ)
	if len(t.Instances) != 1 || t.Open != nil {
		if len(t.Literals) == 1 && strings.HasPrefix(t.Literals[0], "default:") {
			return kind.Known(false).From(prov)
		}
		return notDeclared[bool](t, "the option group").From(prov)
	}
	options, more := nested(e.c.View(t.Instances[0]), "option")
	out := kind.Known(false).From(prov)
	for _, o := range options {
		has := equals(o.String("option_name"), name)
		if setting != "" {
			has = kind.Both(has, optionSets(o, setting, value))
		}
		out = kind.Either(out, has)
	}
	if more != nil {
		out = kind.Either(out, kind.Because[bool](*more))
	}
	return out
}

func optionSets(option mapping.View, setting, value string) kind.Attr[bool] {
	out := kind.Known(false).From(option.Provenance())
	settings, more := nested(option, "option_settings")
	for _, s := range settings {
		out = kind.Either(out, kind.Both(equals(s.String("name"), setting), equals(s.String("value"), value)))
	}
	if more != nil {
		out = kind.Either(out, kind.Because[bool](*more))
	}
	return out
}
