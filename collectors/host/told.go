package host

import (
	"context"
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
	if !ok || file == "" || inventory.IsDirectory(req.Path(file)) || !osquery.Recognise(req.Path(file)) {
		return ""
	}
	return req.Path(file)
}

// told reads the hosts that results of osquery tell of, in the place of asking them.
func (r *run) told(ctx context.Context, file string, sink collectors.Sink) error {
	started := r.env.Clock()
	said, err := osquery.Load(file)
	if err != nil {
		return err
	}
	r.notes = append(r.notes, said.Notes...)
	r.env.Progress.Stage(fmt.Sprintf("reading what osquery says of %d hosts", len(said.Hosts)), 0)
	hosts, outcomes := make([]inventory.Host, len(said.Hosts)), make([]outcome, len(said.Hosts))
	sections := facts.Sections(r.areas)
	r.req.Journal = nil // there is nothing to ask again for
	for i, h := range said.Hosts {
		hosts[i].Name, hosts[i].Group = h.Name, osqueryGroup
		if outcomes[i], err = r.handOn(sink, hosts[i], reading{at: h.At, answers: h.Answers(sections)}); err != nil {
			return err
		}
	}
	return r.finish(ctx, sink, started, hosts, outcomes)
}
