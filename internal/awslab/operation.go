package awslab

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A protocol is how a service writes its requests and errors. AWS has six.
type protocol string

// The protocols, by the names that AWS's models give them.
const (
	protocolEC2      protocol = "ec2"       // a form; XML errors of EC2's own shape
	protocolQuery    protocol = "query"     // a form; XML errors
	protocolJSON     protocol = "json"      // JSON, the operation in X-Amz-Target
	protocolCBOR     protocol = "cbor"      // CBOR, the operation in the path
	protocolRESTJSON protocol = "rest-json" // method and path name the operation
	protocolRESTXML  protocol = "rest-xml"  // the same, in XML
)

// request is a call as the proxy understands it.
type request struct {
	signing   string // the name that the service signs with, such as monitoring
	service   string // the name that IAM's actions begin with, such as cloudwatch
	operation string // the API's name of the operation, such as DescribeAlarms; "" when it cannot be told
	region    string
	account   string
	protocol  protocol
	method    string
	url       *url.URL
	header    http.Header
	body      []byte
}

// iamPrefix has the services whose actions in IAM begin with another name than the one they sign with.
var iamPrefix = map[string]string{"monitoring": "cloudwatch", "tagging": "tag", "email": "ses"}

// modelDirectories has the services whose models are filed under another name than the one they sign with.
var modelDirectories = map[string][]string{
	"access-analyzer":      {"accessanalyzer"},
	"apigateway":           {"apigateway", "apigatewayv2"},
	"elasticfilesystem":    {"efs"},
	"elasticloadbalancing": {"elbv2"},
	"email":                {"sesv2"},
	"es":                   {"opensearch", "es"},
	"monitoring":           {"cloudwatch"},
	"s3":                   {"s3", "s3control"},
	"sso":                  {"sso-admin"},
	"tagging":              {"resourcegroupstaggingapi"},
}

// scope finds the access key, the region and the service in a signature's credential scope.
var scope = regexp.MustCompile(`Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request`)

// classify tells which operation of which service a request calls, in which region and with which access key. AWS puts that in five places;
// for the services whose method and path name the operation, AWS's own models (botocore's, which moto brings) are the table.
func (m *models) classify(r *http.Request, body []byte) (request, string, error) {
	call := request{region: DefaultRegion, method: r.Method, url: r.URL, header: r.Header, body: body}
	key := ""
	if found := scope.FindStringSubmatch(r.Header.Get("Authorization")); found != nil {
		key, call.region, call.signing = found[1], found[2], found[3]
	}
	call.service = call.signing
	if name, other := iamPrefix[call.signing]; other {
		call.service = name
	}
	if r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" {
		call.protocol, call.operation = protocolCBOR, after(r.URL.Path, "/operation/")
		return call, key, nil
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		call.protocol, call.operation = protocolJSON, after(target, ".")
		return call, key, nil
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return call, key, fmt.Errorf("read the form of a call of %s: %w", call.service, err)
		}
		call.protocol, call.operation = protocolQuery, form.Get("Action")
		if call.signing == "ec2" {
			call.protocol = protocolEC2
		}
		return call, key, nil
	}
	found, err := m.match(call.signing, r.Method, r.URL)
	if err != nil {
		return call, key, err
	}
	call.protocol, call.operation = found.protocol, found.name
	return call, key, nil
}

// after returns what follows the last separator.
func after(s, separator string) string {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[i+len(separator):]
	}
	return s
}

// models reads the service models of AWS, each when it is first asked for.
type models struct {
	dir    string
	mu     sync.Mutex
	byName map[string][]route // signing name to the operations of its services
}

// route is one operation of a model.
type route struct {
	name     string
	protocol protocol
	method   string
	segments []string // of the path; {Name} stands for any one, {Name+} for any number
	query    url.Values
	pages    *paging // nil when it has none
	old      bool    // AWS has another operation of the same method and path in its place, which SDKs call
}

// modelFile is what is read of service-2.json.
type modelFile struct {
	Metadata struct {
		Protocol string `json:"protocol"`
	} `json:"metadata"`
	Operations map[string]struct {
		HTTP struct {
			Method     string `json:"method"`
			RequestURI string `json:"requestUri"`
		} `json:"http"`
		Input      shapeName `json:"input"`
		Output     shapeName `json:"output"`
		Deprecated bool      `json:"deprecated"`
	} `json:"operations"`
	Shapes map[string]struct {
		Members map[string]struct {
			Location     string `json:"location"`
			LocationName string `json:"locationName"`
			Shape        string `json:"shape"`
		} `json:"members"`
	} `json:"shapes"`
}

// shapeName names a shape.
type shapeName struct {
	Shape string `json:"shape"`
}

// routes returns the operations of the services that sign with a name, sorted by name, deprecated ones last; none when there is no model.
func (m *models) routes(signing string) ([]route, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if routes, read := m.byName[signing]; read {
		return routes, nil
	}
	directories, named := modelDirectories[signing]
	if !named {
		directories = []string{signing}
	}
	var all []route
	for _, directory := range directories {
		routes, err := readModel(filepath.Join(m.dir, directory))
		if err != nil {
			return nil, err
		}
		all = append(all, routes...)
	}
	slices.SortStableFunc(all, func(a, b route) int {
		if a.old != b.old {
			return map[bool]int{false: -1, true: 1}[a.old]
		}
		return strings.Compare(a.name, b.name)
	})
	m.byName[signing] = all
	return all, nil
}

// readModel reads the newest version of a service's model.
func readModel(directory string) ([]route, error) {
	versions, err := filepath.Glob(filepath.Join(directory, "*", "service-2.json.gz"))
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	slices.Sort(versions)
	file := versions[len(versions)-1]
	var model modelFile
	if err := readJSON(file, &model); err != nil {
		return nil, err
	}
	var pages paginatorFile
	if err := readJSON(filepath.Join(filepath.Dir(file), "paginators-1.json"), &pages); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var routes []route
	for name, operation := range model.Operations {
		path, query, _ := strings.Cut(operation.HTTP.RequestURI, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			return nil, fmt.Errorf("%s: the query of %s: %w", file, name, err)
		}
		r := route{
			name: name, protocol: protocol(model.Metadata.Protocol), method: operation.HTTP.Method,
			segments: strings.Split(strings.Trim(path, "/"), "/"), query: values,
			pages: pages.paging(&model, name), old: operation.Deprecated,
		}
		routes = append(routes, r)
	}
	return routes, nil
}

// readJSON reads a JSON file, which may be compressed.
func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if filepath.Ext(file) != ".gz" {
		return json.Unmarshal(text, into)
	}
	unzip, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer func() { _ = unzip.Close() }()
	if err := json.NewDecoder(unzip).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// match finds the operation that a method and a path name: the one whose literal parts are most.
func (m *models) match(signing, method string, address *url.URL) (route, error) {
	routes, err := m.routes(signing)
	if err != nil {
		return route{}, err
	}
	best, most := route{protocol: protocolRESTJSON}, -1
	segments, query := strings.Split(strings.Trim(address.EscapedPath(), "/"), "/"), address.Query() // an ARN in a path has slashes of its own
	for _, candidate := range routes {
		if score, fits := candidate.fits(method, segments, query); fits && score > most {
			best, most = candidate, score
		}
	}
	return best, nil
}

// fits tells whether a request has an operation's method, path and query, and how many of their literal parts it has. S3 distinguishes
// operations by the query alone, so that a query counts more than a path.
func (r *route) fits(method string, segments []string, query url.Values) (int, bool) {
	if r.method != method {
		return 0, false
	}
	score := 0
	for i, want := range r.segments {
		if strings.HasSuffix(want, "+}") {
			return score + r.queryScore(query), len(segments) > i && r.hasQuery(query)
		}
		if i >= len(segments) || (want == "" && segments[i] != "") {
			return 0, false
		}
		if strings.HasPrefix(want, "{") {
			if segments[i] == "" {
				return 0, false
			}
			continue
		}
		if want != segments[i] {
			return 0, false
		}
		score++
	}
	return score + r.queryScore(query), len(segments) == len(r.segments) && r.hasQuery(query)
}

// hasQuery tells whether a request's query has what the operation's has.
func (r *route) hasQuery(query url.Values) bool {
	for name, values := range r.query {
		if !query.Has(name) || (values[0] != "" && query.Get(name) != values[0]) {
			return false
		}
	}
	return true
}

// queryScore weighs the query that hasQuery found. The SDK names some operations of S3 in x-id, which settles it.
func (r *route) queryScore(query url.Values) int {
	const more = 100
	if query.Get("x-id") == r.name {
		return more * more
	}
	return more * len(r.query)
}

// pagingOf returns where the operation of a call has its pages; nil when it has none.
func (m *models) pagingOf(call *request) (*paging, error) {
	routes, err := m.routes(call.signing)
	if err != nil {
		return nil, err
	}
	for i := range routes {
		if routes[i].name == call.operation {
			return routes[i].pages, nil
		}
	}
	return nil, nil //nolint:nilnil // no pages is an answer
}
