// Package osquery reads what osquery said of hosts, in place of the script of package script.
//
// osquery shows a host as tables of SQL. Its results are read from files in the forms in which they are found:
//
//   - what "osqueryi --json QUERY" prints: an array of rows, in a file that is named after the query, or several of them in one object
//     {"QUERY": [rows]};
//   - the log of results of osqueryd, one JSON object per line: snapshots, and differential results one by one or in batches;
//   - Fleet: the report of a query (from its API as JSON, from its pages as CSV), and what "fleetctl query" prints;
//   - a directory of such files, where each directory in it is a host of that name.
//
// A result belongs to a table by its name: docs/osquery-pack.conf holds the queries, named assay_TABLE; TABLE alone stands for the same
// query. Results of other names are left out, because a query that names a table may show a part of it only.
//
// The rows are then written down as the script's sections print them (see answers.go), so that one reader (package facts) judges both.
// What no table tells stays unknown, with the table or query that would tell it. Files are untrusted: bounded in bytes, rows and hosts.
package osquery

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The bounds of what is read.
const (
	maxFileBytes  = 256 << 20 // of one file
	maxTotalBytes = 512 << 20 // of a directory
	maxFiles      = 20_000
	maxHosts      = 10_000
	maxRows       = 4_000_000 // in all
	maxCell       = 64 << 10  // bytes of one value
)

// Results are what the files say.
type Results struct {
	Hosts []*Host // in the order of their names
	// Notes name what of the files was left out, one line each.
	Notes []string
}

// Host is what osquery said of one host.
type Host struct {
	// Name is the host's: the identifier that osquery gives it, or its own host name where that is a UUID or missing.
	Name string
	// At is the newest time of its results.
	At time.Time

	tables map[string]*table
}

// table is what one query showed of one host.
type table struct {
	rows []row
	at   time.Time
	// dated says that the results state the time; else it is that of the file's last change.
	dated bool
	// doubt says why rows may be missing; "" = these are all.
	doubt string
	// unordered says that the order of the rows is not that of the table.
	unordered bool
}

// row is one row: values in the order of columns.
type row struct {
	columns []string
	values  []string
}

// get is the value of a column; "" where the row has none.
func (r row) get(column string) string {
	if i := slices.Index(r.columns, column); i >= 0 && i < len(r.values) {
		return r.values[i]
	}
	return ""
}

// columns are the tables that are read, with the columns that are needed of each. They are those of osquery's schema (osquery.io/schema,
// version 5) but for "passwd", which a query of the pack makes up.
func columns(table string) []string { return schema()[table] }

func schema() map[string][]string {
	return map[string][]string{
		"augeas":                {"node", "value", "path"},
		"authorized_keys":       {"uid", "algorithm", "key", "options", "key_file", "mtime"},
		"deb_packages":          {"name", "version", "source", "status"},
		"disk_encryption":       {"name", "encrypted", "type"},
		"ec2_instance_metadata": {"instance_id"},
		"file":                  {"path", "mtime", "size"},
		"groups":                {"gid", "groupname"},
		"kernel_info":           {"version"},
		"last":                  {"username", "time"},
		"listening_ports":       {"pid", "port", "protocol", "address"},
		"mounts":                {"device", "device_alias", "path", "type", "flags"},
		"os_version":            {"platform", "version", "major", "minor", "patch"},
		"passwd":                {"username", "state"},
		"processes":             {"pid", "name"},
		"rpm_packages":          {"name", "epoch", "version", "release"},
		"shadow":                {"username", "password_status", "last_change", "expire"},
		"sudoers":               {"source", "header", "rule_details"},
		"system_info":           {"hostname", "hardware_vendor", "hardware_model"},
		"systemd_units":         {"id", "active_state", "sub_state", "unit_file_state"},
		"time":                  {"unix_time"},
		"user_groups":           {"uid", "gid"},
		"users":                 {"uid", "gid", "username", "directory", "shell"},
	}
}

// QueryPrefix is what the names of the pack's queries begin with; a table's name follows.
const QueryPrefix = "assay_"

// tableOf is the table that a query of the name shows; "" for other queries. Packs and Fleet put their own name in front:
// pack_NAME_assay_users, pack/Global/assay_users.
func tableOf(query string) string {
	if i := strings.LastIndex(query, "/"); i >= 0 {
		query = query[i+1:]
	}
	if i := strings.LastIndex(query, QueryPrefix); i >= 0 {
		query = query[i+len(QueryPrefix):]
	}
	if columns(query) == nil {
		return ""
	}
	return query
}

// missing says why a table tells nothing or not all of a host; "" = it is there and whole.
func (h *Host) missing(name string) string {
	t := h.tables[name]
	switch {
	case t == nil:
		return fmt.Sprintf("the results of osquery hold no rows of the query %s%s", QueryPrefix, name)
	case t.doubt != "":
		return fmt.Sprintf("osquery's %s: %s", name, t.doubt)
	}
	for _, r := range t.rows {
		for _, c := range columns(name) {
			if !slices.Contains(r.columns, c) {
				return fmt.Sprintf("osquery's %s shows no column %s; take the query %s%s of the pack", name, c, QueryPrefix, name)
			}
		}
	}
	return ""
}

// rows are the rows of a table; none where it is not there.
func (h *Host) rows(name string) []row {
	if t := h.tables[name]; t != nil {
		return t.rows
	}
	return nil
}
