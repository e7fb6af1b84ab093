package osquery

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
)

// Recognise reports whether a file or directory holds results of osquery, rather than an inventory of hosts.
func Recognise(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if info.IsDir() {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // read only
	head, _ := bufio.NewReaderSize(f, 64<<10).Peek(64 << 10)
	return recognised(path, head)
}

// recognised looks at the beginning of a file. An inventory in JSON holds objects of groups, never arrays of rows.
func recognised(path string, head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case len(head) == 0:
		return false
	case head[0] == '[':
		return !sectionHeader.Match(head) // an inventory in the form of INI begins with [group]
	case head[0] == '{':
		return objectHead.Match(head) || fleetHead.Match(head)
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return strings.EqualFold(filepath.Ext(path), ".csv") && csvHost(strings.Split(strings.ToLower(strings.ReplaceAll(string(first), `"`, "")), ",")) != ""
}

var (
	sectionHeader = regexp.MustCompile(`^\[[A-Za-z_][^\]"{\n]*\]`)
	objectHead    = regexp.MustCompile(`^\{\s*"[^"]*"\s*:\s*\[`)
	fleetHead     = regexp.MustCompile(`"(hostIdentifier|calendarTime|unixTime|diffResults|snapshot|columns|query_id|report_clipped|rows)"\s*:`)
)

// Load reads a file, or all files of a directory. An error names the file.
func Load(path string) (Results, error) {
	l := &loader{hosts: map[string]*Host{}, skipped: map[string]bool{}}
	info, err := os.Stat(path)
	if err != nil {
		return Results{}, fmt.Errorf("results of osquery: %w", err)
	}
	if !info.IsDir() {
		err = l.file(path, "")
	} else {
		err = l.directory(path, "")
	}
	if err != nil {
		return Results{}, err
	}
	out, err := l.results()
	if err != nil {
		return Results{}, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}

// loader gathers what the files say.
type loader struct {
	hosts   map[string]*Host // by identifier; "" = the host of files that name none
	notes   []string
	skipped map[string]bool // names of queries that are left out
	rows    int
	files   int
	bytes   int64
	states  map[stateKey]*state
}

func (l *loader) notef(format string, args ...any) {
	const most = 50
	if len(l.notes) < most {
		l.notes = append(l.notes, script.Line(fmt.Sprintf(format, args...), 400))
	}
}

// directory reads a directory; a directory in it is a host of that name.
func (l *loader) directory(dir, host string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("results of osquery: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir() && host == "":
			if err := l.directory(path, e.Name()); err != nil {
				return err
			}
		case e.Type().IsRegular() && slices.Contains([]string{".json", ".log", ".csv", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(e.Name()))):
			if err := l.file(path, host); err != nil {
				return err
			}
		default:
			l.notef("%s is left out: the names of files of results end in .json, .log or .csv", path)
		}
	}
	return nil
}

// file reads one file. The host is that of its directory; "" = the file says it, or says none.
func (l *loader) file(path, host string) error {
	if l.files++; l.files > maxFiles {
		return fmt.Errorf("results of osquery: there are more than %d files", maxFiles)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("results of osquery: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("results of osquery: %w", err)
	}
	if l.bytes += info.Size(); info.Size() > maxFileBytes || l.bytes > maxTotalBytes {
		return fmt.Errorf("%s: results of osquery may be %d MiB in one file and %d MiB together", path, maxFileBytes>>20, maxTotalBytes>>20)
	}
	src := source{path: path, host: host, query: queryOf(path), changed: info.ModTime().UTC().Truncate(time.Second)}
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		return l.csv(src, io.LimitReader(f, maxFileBytes))
	}
	return l.json(src, io.LimitReader(f, maxFileBytes))
}

// source is the file that is read.
type source struct {
	path    string
	host    string
	query   string // the query that its name names
	changed time.Time
}

// queryOf is the name of the query that a file is named after: "assay_users.json", "assay_users - Query report (2026-11-22).csv".
func queryOf(path string) string {
	name := filepath.Base(path)
	name = strings.TrimSuffix(name, filepath.Ext(name))
	if i := strings.IndexAny(name, " ("); i > 0 {
		name = name[:i]
	}
	return name
}

// record is any of the objects that are read; which one, its fields tell.
type record struct {
	// The log of osqueryd.
	Name           string          `json:"name"`
	HostIdentifier string          `json:"hostIdentifier"`
	Hostname       string          `json:"hostname"`
	UnixTime       number          `json:"unixTime"`
	Epoch          number          `json:"epoch"`
	Counter        *number         `json:"counter"`
	Action         string          `json:"action"`
	Columns        json.RawMessage `json:"columns"`
	Snapshot       json.RawMessage `json:"snapshot"`
	DiffResults    *struct {
		Added   json.RawMessage `json:"added"`
		Removed json.RawMessage `json:"removed"`
	} `json:"diffResults"`
	// Fleet's report of a query: results of many hosts, or of one.
	Results json.RawMessage `json:"results"`
	Clipped bool            `json:"report_clipped"`
	// One line of "fleetctl query".
	Host string          `json:"host"`
	Rows json.RawMessage `json:"rows"`
}

// number is a number that may be written as a text; what is none reads as 0.
type number int64

// UnmarshalJSON never fails: osquery writes numbers as texts, or not, by a setting.
func (n *number) UnmarshalJSON(data []byte) error {
	v, _ := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	*n = number(v)
	return nil
}

// json reads a sequence of JSON values. Where one cannot be read, what came before it stands.
func (l *loader) json(src source, r io.Reader) error {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	dec := json.NewDecoder(buffered)
	for n := 1; ; n++ {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && n == 1 {
			return fmt.Errorf("%s: it is no JSON: %w", src.path, err)
		}
		if err != nil {
			l.notef("%s: what follows the JSON value number %d is left out: %v", src.path, n-1, err)
			return nil
		}
		if err := l.value(src, raw); err != nil {
			return err
		}
	}
}

// decodes fills a value from JSON and reports whether it could.
func decodes(raw json.RawMessage, into any) bool { return json.Unmarshal(raw, into) == nil }

// value reads one JSON value.
func (l *loader) value(src source, raw json.RawMessage) error {
	if raw[0] == '[' {
		return l.put(src, src.host, src.query, raw, time.Time{})
	}
	var rec record
	named := map[string]json.RawMessage{}
	if raw[0] != '{' || !decodes(raw, &rec) {
		// An object of queries may have one whose name is that of a field of a log's line.
		if raw[0] != '{' || !decodes(raw, &named) {
			l.notef("%s: a value is neither rows nor an object and is left out", src.path)
			return nil
		}
		rec = record{}
	}
	host := cmp.Or(rec.HostIdentifier, rec.Hostname, src.host)
	at := unixTime(int64(rec.UnixTime))
	switch {
	case rec.Name != "" && rec.Snapshot != nil:
		return l.put(src, host, rec.Name, rec.Snapshot, at)
	case rec.Name != "" && (rec.Columns != nil || rec.DiffResults != nil):
		return l.differential(src, host, &rec, cmp.Or(at, src.changed))
	case rec.Rows != nil:
		return l.fleetctl(src, cmp.Or(rec.Host, src.host), rec.Rows)
	case rec.Results != nil:
		return l.fleet(src, rec)
	}
	if !decodes(raw, &named) {
		return nil
	}
	for _, query := range slices.Sorted(maps.Keys(named)) {
		if rows := named[query]; len(rows) > 0 && rows[0] == '[' {
			if err := l.put(src, src.host, query, rows, time.Time{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// unixTime is a time in seconds since 1970; the zero time outside of the years that are written with four digits.
func unixTime(seconds int64) time.Time {
	const year9999 = 253370764800
	if seconds <= 0 || seconds > year9999 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// fleet reads a report of Fleet: {"host_name", "last_fetched", "columns"} per row.
func (l *loader) fleet(src source, rec record) error {
	var results []struct {
		HostName    string          `json:"host_name"`
		LastFetched string          `json:"last_fetched"`
		Columns     json.RawMessage `json:"columns"`
	}
	if err := json.Unmarshal(rec.Results, &results); err != nil {
		l.notef("%s: the results of the report cannot be read: %v", src.path, err)
		return nil
	}
	doubt := ""
	if rec.Clipped {
		doubt = "Fleet clipped the report, so rows may be missing"
	}
	for _, r := range results {
		if err := l.add(src, cmp.Or(r.HostName, src.host), src.query, r.Columns, fetched(r.LastFetched), doubt); err != nil {
			return err
		}
	}
	return nil
}

// fetched is when Fleet got a result; the zero time where it does not say.
func fetched(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// fleetctl reads one line of "fleetctl query": the rows of one host.
func (l *loader) fleetctl(src source, host string, rows json.RawMessage) error {
	return l.put(src, host, src.query, rows, time.Time{})
}

// host returns the host of an identifier.
func (l *loader) host(id string) (*Host, error) {
	id = script.Line(id, 253)
	h := l.hosts[id]
	if h == nil {
		if len(l.hosts) == maxHosts {
			return nil, fmt.Errorf("the results of osquery are of more than %d hosts", maxHosts)
		}
		h = &Host{Name: id, tables: map[string]*table{}}
		l.hosts[id] = h
	}
	return h, nil
}

// target finds the table that a query fills; nil where it is none of ours.
func (l *loader) target(id, query string) (*Host, string, error) {
	name := tableOf(query)
	if name == "" {
		l.skipped[query] = true
		return nil, "", nil
	}
	h, err := l.host(id)
	return h, name, err
}

// put replaces the rows of a table, where they are not older. The zero time stands for that of the file.
func (l *loader) put(src source, id, query string, raw json.RawMessage, at time.Time) error {
	h, name, err := l.target(id, query)
	if h == nil || err != nil {
		return err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		l.notef("%s: the rows of %s cannot be read: %v", src.path, query, err)
		return nil
	}
	dated := !at.IsZero()
	at = cmp.Or(at, src.changed)
	if old := h.tables[name]; old != nil && old.at.After(at) {
		return nil
	}
	t := &table{at: at, dated: dated, rows: make([]row, 0, len(list))}
	for _, r := range list {
		if err := l.append(t, name, r); err != nil {
			return fmt.Errorf("%s: %w", src.path, err)
		}
	}
	h.tables[name] = t
	return nil
}

// add adds one row to a table.
func (l *loader) add(src source, id, query string, raw json.RawMessage, at time.Time, doubt string) error {
	h, name, err := l.target(id, query)
	if h == nil || err != nil {
		return err
	}
	dated := !at.IsZero()
	at = cmp.Or(at, src.changed)
	t := h.tables[name]
	if t == nil {
		t = &table{at: at, dated: dated}
		h.tables[name] = t
	}
	t.doubt = cmp.Or(t.doubt, doubt)
	if at.Before(t.at) {
		t.at = at
	}
	return l.append(t, name, raw)
}

// append decodes a row and adds it. A row that is no object makes the table doubtful.
func (l *loader) append(t *table, name string, raw json.RawMessage) error {
	r, ok := decodeRow(name, raw)
	if !ok {
		t.doubt = "a row of it cannot be read"
		return nil
	}
	if l.rows++; l.rows > maxRows {
		return fmt.Errorf("the results of osquery have more than %d rows", maxRows)
	}
	t.rows = append(t.rows, r)
	return nil
}

// decodeRow takes the columns that are read of a table. Values are texts, or numbers where osquery is set so.
func decodeRow(name string, raw json.RawMessage) (row, bool) {
	var object map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil || object == nil {
		return row{}, false
	}
	wanted := columns(name)
	r := row{columns: wanted, values: make([]string, 0, len(wanted))}
	present := wanted
	for i, c := range wanted {
		v, ok := object[c]
		if !ok && len(present) == len(wanted) {
			present = slices.Clone(wanted[:i]) // from here on the columns are listed one by one
		}
		if !ok {
			continue
		}
		if len(present) != len(wanted) {
			present = append(present, c)
		}
		r.values = append(r.values, cell(v))
	}
	r.columns = present
	return r, true
}

// cell is a value as text: on one line, without control characters, bounded.
func cell(v any) string {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	}
	if len(text) > maxCell {
		text = strings.ToValidUTF8(text[:maxCell], "")
	}
	text = script.Clean(text)
	if strings.ContainsAny(text, "\n\t") {
		text = strings.NewReplacer("\n", " ", "\t", " ").Replace(text)
	}
	return text
}

// csv reads an export of Fleet: a row per row of the table, with the host's name in a column of its own.
func (l *loader) csv(src source, r io.Reader) error {
	in := csv.NewReader(r)
	in.FieldsPerRecord, in.ReuseRecord, in.LazyQuotes = -1, true, true
	head, err := in.Read()
	if err != nil {
		return fmt.Errorf("%s: it is no CSV: %w", src.path, err)
	}
	names := make([]string, len(head))
	for i, n := range head {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(n, "\ufeff")))
	}
	hostColumn := csvHost(names)
	if hostColumn == "" && src.host == "" {
		return fmt.Errorf("%s: no column names the host (host_hostname, host_display_name or host_name)", src.path)
	}
	for n := 2; ; n++ {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			l.notef("%s: what follows line %d is left out: %v", src.path, n, err)
			return nil
		}
		object := make(map[string]string, len(fields))
		for i, v := range fields[:min(len(fields), len(names))] {
			object[names[i]] = v
		}
		raw, err := json.Marshal(object)
		if err != nil {
			return err
		}
		if err := l.add(src, cmp.Or(object[hostColumn], src.host), src.query, raw, fetched(object["last_fetched"]), ""); err != nil {
			return err
		}
	}
}

// csvHost is the column of an export of Fleet that names the host; "" where there is none.
func csvHost(names []string) string {
	for _, n := range []string{"host_hostname", "host_display_name", "host_name"} {
		if slices.Contains(names, n) {
			return n
		}
	}
	return ""
}

// uuid is what osquery identifies hosts by where it is set so.
var uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$`)

// hostName is what a host may be called: the name becomes part of identifiers.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})$`)

// results names the hosts, in the order of their names.
func (l *loader) results() (Results, error) {
	if err := l.settle(); err != nil {
		return Results{}, err
	}
	out := Results{Notes: l.notes}
	taken := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(l.hosts)) {
		h := l.hosts[id]
		own := ""
		for _, r := range h.rows("system_info") {
			own = r.get("hostname")
		}
		h.Name = ""
		for _, candidate := range []string{id, own} {
			if hostName.MatchString(candidate) && !taken[candidate] && (!uuid.MatchString(candidate) || own == "" || taken[own]) {
				h.Name = candidate
				break
			}
		}
		if h.Name == "" {
			out.Notes = append(out.Notes, script.Line(fmt.Sprintf("the results of a host are left out: neither its identifier %q nor its host name %q is fit for a name, or they are another's", id, own), 400))
			continue
		}
		taken[h.Name] = true
		h.date()
		out.Hosts = append(out.Hosts, h)
	}
	slices.SortFunc(out.Hosts, func(a, b *Host) int { return strings.Compare(a.Name, b.Name) })
	if names := slices.Sorted(maps.Keys(l.skipped)); len(names) > 0 {
		out.Notes = append(out.Notes, script.Line(fmt.Sprintf("%d queries are none of Assay's pack and are left out: %s", len(names), strings.Join(names[:min(len(names), 20)], ", ")), 400))
	}
	if len(out.Hosts) == 0 {
		return out, errors.New("it holds no results of queries of Assay's pack (docs/osquery-pack.conf): the names of queries are assay_TABLE or TABLE, such as assay_users")
	}
	return out, nil
}

// date dates the tables that came without a time by osquery's own table of the time, and the host by the newest.
func (h *Host) date() {
	var own time.Time
	for _, r := range h.rows("time") {
		seconds, _ := strconv.ParseInt(r.get("unix_time"), 10, 64) // 0 = it says none
		own = unixTime(seconds)
	}
	for _, t := range h.tables {
		if !t.dated && !own.IsZero() {
			t.at = own
		}
		if t.at.After(h.At) {
			h.At = t.at
		}
	}
}
