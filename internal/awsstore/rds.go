package awsstore

import (
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Settings reads what the parameter and option groups of an RDS, DocumentDB or Neptune database say, which every engine calls by another
// name.
type Settings struct {
	// Engine is the engine as RDS calls it, such as aurora-postgresql; Version its release, such as 16.3 or 8.0.mysql_aurora.3.05.2.
	Engine, Version kind.Attr[string]
	// Param reads a parameter of the database's parameter group; def is its value in the engine's default parameter group.
	Param func(name string, def kind.Attr[string]) kind.Attr[string]
	// Option is whether the database's option group has an option and, where a setting is named, sets it to the value.
	Option func(name, setting, value string) kind.Attr[bool]
	// Prov is where it is seen that nothing is set; nil where that is the entity's own provenance.
	Prov *evidence.Provenance
}

// TLS is whether the database refuses connections without TLS.
func (s Settings) TLS() kind.Attr[bool] {
	return kind.Then(s.Engine, func(name string) kind.Attr[bool] {
		switch family(name) {
		case "postgres":
			return Enabled(s.Param("rds.force_ssl", s.forceSSL(name)))
		case "mysql":
			return Enabled(s.Param("require_secure_transport", s.secureTransport(name)))
		case "sqlserver":
			return Enabled(s.Param("rds.force_ssl", kind.Known("0")))
		case "oracle":
			return s.Option("NATIVE_NETWORK_ENCRYPTION", "SQLNET.ENCRYPTION_SERVER", "REQUIRED")
		case "docdb": // on unless the parameter group turns it off
			return kind.Convert(s.Param("tls", kind.Known("enabled").From(s.Prov)), func(v string) bool { return v != "disabled" })
		case "neptune": // on unless the parameter group of an old engine turns it off
			return Enabled(s.Param("neptune_enforce_ssl", kind.Known("1").From(s.Prov)))
		}
		return kind.Unknown[bool](evidence.Unsupported, "how engine "+strconv.Quote(name)+" requires TLS")
	})
}

// Audit is whether the database records who reads and writes what. DocumentDB and Neptune write the record only to CloudWatch Logs: it
// must be exported, too.
func (s Settings) Audit() kind.Attr[bool] {
	return kind.Then(s.Engine, func(name string) kind.Attr[bool] {
		off := kind.Known("").From(s.Prov)
		switch family(name) {
		case "postgres":
			loaded := kind.Convert(s.Param("shared_preload_libraries", off), func(v string) bool { return strings.Contains(v, "pgaudit") })
			classes := kind.Convert(s.Param("pgaudit.log", off), func(v string) bool { return v != "" && !strings.EqualFold(v, "none") })
			statements := kind.Convert(s.Param("log_statement", off), func(v string) bool { return strings.EqualFold(v, "all") })
			return kind.Either(kind.Both(loaded, classes), statements)
		case "mysql":
			general := Enabled(s.Param("general_log", off))
			if IsAurora(name) {
				return kind.Either(Enabled(s.Param("server_audit_logging", off)), general)
			}
			return kind.Either(s.Option("MARIADB_AUDIT_PLUGIN", "", ""), general)
		case "sqlserver":
			return s.Option("SQLSERVER_AUDIT", "", "")
		case "docdb":
			return kind.Convert(s.Param("audit_logs", kind.Known("disabled").From(s.Prov)), func(v string) bool {
				return v != "disabled" && v != "none"
			})
		case "neptune":
			return Enabled(s.Param("neptune_enable_audit_log", kind.Known("0").From(s.Prov)))
		}
		return kind.Unknown[bool](evidence.Unsupported, "how engine "+strconv.Quote(name)+" audits access")
	})
}

// Parameters are the names of the parameters that TLS and Audit read, of any engine.
func Parameters() []string {
	return []string{
		"rds.force_ssl", "require_secure_transport", "tls", "neptune_enforce_ssl", "shared_preload_libraries", "pgaudit.log", "log_statement",
		"general_log", "server_audit_logging", "audit_logs", "neptune_enable_audit_log",
	}
}

// IsAurora reports whether an engine keeps its data in Aurora's storage, which spans zones.
func IsAurora(engine string) bool { return strings.HasPrefix(engine, "aurora") }

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
	case engine == "docdb", engine == "neptune":
		return engine
	}
	return ""
}

// forceSSL is the default of rds.force_ssl: on since PostgreSQL 15, of Aurora since 17.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html
func (s Settings) forceSSL(name string) kind.Attr[string] {
	since := 15
	if IsAurora(name) {
		since = 17
	}
	return kind.Then(s.release(), func(r release) kind.Attr[string] { return onSince(r, release{since, 0}) })
}

// secureTransport is the default of require_secure_transport: off, but for MariaDB since 11.8. Of releases newer than those
// that were looked at it is not known.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mariadb-ssl-connections.require-ssl.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.require-ssl.html
func (s Settings) secureTransport(name string) kind.Attr[string] {
	return kind.Then(s.release(), func(r release) kind.Attr[string] {
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

func (s Settings) release() kind.Attr[release] {
	return kind.Then(s.Version, func(v string) kind.Attr[release] {
		r, ok := parseRelease(v)
		if !ok {
			return kind.Unknown[release](evidence.ParseError, "engine version "+strconv.Quote(v))
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
