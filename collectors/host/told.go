package host

import (
	"fmt"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/osquery"
)

// osqueryGroup is the group of the hosts that results of osquery tell of.
const osqueryGroup = "osquery"

// results is the file or directory with results of osquery that the target names; "" where it names something else.
func results(req collectors.Request) string {
	file, ok := strings.CutPrefix(req.Target.Value, "@")
	if !ok || file == "" || !osquery.Recognise(req.Path(file)) {
		return ""
	}
	return req.Path(file)
}

// told reads the hosts that results of osquery tell of, in the place of asking them.
func told(env collectors.Env, req collectors.Request, file string, sink collectors.Sink) error {
	started := env.Clock()
	said, err := osquery.Load(file)
	if err != nil {
		return err
	}
	r := &run{env: env, req: req, options: req.Host, areas: facts.Areas(), notes: said.Notes}
	env.Progress.Stage(fmt.Sprintf("reading what osquery says of %d hosts", len(said.Hosts)), len(said.Hosts))
	sections := facts.Sections(r.areas)
	hosts, readings := make([]inventory.Host, len(said.Hosts)), make([]reading, len(said.Hosts))
	for i, h := range said.Hosts {
		hosts[i].Name, hosts[i].Group = h.Name, osqueryGroup
		id := facts.Identity{Name: h.Name, Group: osqueryGroup, Source: req.Source}
		readings[i] = reading{host: facts.Read(r.areas, id, h.At, h.Answers(sections))}
		env.Progress.Step(1)
	}
	return r.emit(sink, started, hosts, readings)
}
