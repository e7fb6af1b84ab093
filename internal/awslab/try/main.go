// Command try lets people try Assay on AWS without an account: it starts a moto server, builds the hospital of package scenario in it and
// runs a command whose environment points there, or a shell's worth of exports when there is none:
//
//	go run ./internal/awslab/try go run ./cmd/assay scan aws:
//	go run ./internal/awslab/try
//	go run ./internal/awslab/try -deny 'kms:*,ec2:Describe*' go run ./cmd/assay scan aws:
//
// What is said afterwards is which operations were called, how often.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
)

func main() {
	account := flag.String("account", "222222222222", "the account that the hospital is built in")
	region := flag.String("region", "eu-west-1", "the region that it is built in")
	latency := flag.Duration("latency", 0, "how long each call takes, such as 30ms")
	deny := flag.String("deny", "", "operations that are denied, such as 'kms:*,ec2:DescribeVolumes'")
	flag.Parse()
	faults := map[awslab.Match]awslab.Fault{{}: awslab.Latency(*latency)}
	for _, name := range strings.FieldsFunc(*deny, func(r rune) bool { return r == ',' }) {
		service, operation, _ := strings.Cut(name, ":")
		faults[awslab.Match{Service: service, Operation: operation}] = awslab.Deny()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *account, *region, faults, flag.Args())
	stop()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		os.Exit(ended.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "try:", err)
		os.Exit(1)
	}
}

// run builds the hospital and runs the command in it.
func run(ctx context.Context, account, region string, faults map[awslab.Match]awslab.Fault, command []string) (err error) {
	m, err := awslab.Launch(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	keys, err := m.Credentials(ctx, account)
	if err != nil {
		return err
	}
	if _, err := scenario.Hospital(ctx, awslab.ConfigFor(m.Endpoint(), region, keys)); err != nil {
		return err
	}
	p := awslab.NewProxy(m)
	defer p.Close()
	for match, fault := range faults {
		p.Inject(match, fault)
	}
	variables := awslab.EnvironFor(p.Endpoint(), region, keys)
	if len(command) == 0 {
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			fmt.Printf("export %s=%q\n", name, variables[name])
		}
		fmt.Fprintln(os.Stderr, "The hospital is open until you press Ctrl-C.")
		<-ctx.Done()
	} else {
		err = start(ctx, command, variables)
	}
	return errors.Join(err, calls(os.Stderr, p))
}

// start runs a command with more variables in its environment.
func start(ctx context.Context, command []string, variables map[string]string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = os.Stdin, os.Stdout, os.Stderr, os.Environ()
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		cmd.Env = append(cmd.Env, name+"="+variables[name])
	}
	return cmd.Run()
}

// calls says what was called.
func calls(w io.Writer, p *awslab.Proxy) error {
	total := map[string]int{}
	for _, count := range p.Calls() {
		total[count.String()] += count.Calls
	}
	for _, name := range slices.Sorted(maps.Keys(total)) {
		if _, err := fmt.Fprintf(w, "%6d  %s\n", total[name], name); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%6d  calls, at most %d at once\n", p.Total(), p.Peak())
	return err
}
