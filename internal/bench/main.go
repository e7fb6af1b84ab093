// Command bench measures whole scans of generated Terraform repositories: wall time, CPU time and peak memory of the scan and of its
// stages (collect, evaluate, report), each as a process of its own.
//
// The machine may be shared: compare CPU seconds and ratios, and quote the median of several runs.
package main

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/assay-audit/assay/internal/bench/repo"
)

func main() {
	runs := flag.Int("runs", 3, "runs of each measurement; the median is printed")
	largest := flag.Int("max", 20000, "largest repository, in resources")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *runs, *largest)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs, largest int) (err error) {
	tmp, err := os.MkdirTemp("", "assay-bench-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	bin := filepath.Join(tmp, "assay")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "./cmd/assay")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "resources\tstage\twall s\tCPU s\tpeak MiB\tCPU ms per resource\t")
	perResource := map[int]float64{}
	for _, n := range []int{0, 10, 1000, 20000} {
		if n > largest {
			continue
		}
		dir := filepath.Join(tmp, fmt.Sprintf("repo-%d", n))
		made := 0
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		if n > 0 {
			if made, err = repo.Write(dir, n); err != nil {
				return err
			}
		}
		snap, result := filepath.Join(tmp, fmt.Sprintf("snap-%d", n)), filepath.Join(tmp, fmt.Sprintf("result-%d.json", n))
		stages := []struct {
			name string
			args []string
		}{
			{"scan", []string{"scan", dir, "-o", "sarif=" + filepath.Join(tmp, "out.sarif")}},
			{"collect", []string{"collect", dir, "--out", snap}},
			{"evaluate", []string{"evaluate", snap, "-o", "json=" + result}},
			{"report", []string{"report", result, "-o", "html=" + filepath.Join(tmp, "out.html")}},
		}
		for _, s := range stages {
			m, err := measure(ctx, runs, "", bin, s.args)
			if err != nil {
				return fmt.Errorf("%s of %d resources: %w", s.name, made, err)
			}
			per := ""
			if made > 0 {
				per = fmt.Sprintf("%.3f", m.cpu*1000/float64(made))
			}
			if s.name == "scan" && made > 0 {
				perResource[n] = m.cpu / float64(made)
			}
			fmt.Fprintf(w, "%d\t%s\t%.3f\t%.3f\t%.0f\t%s\t\n", made, s.name, m.wall, m.cpu, m.peak, per)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if largest >= pullRequest {
		if err := comparison(ctx, runs, bin, tmp); err != nil {
			return err
		}
	}
	if a, b := perResource[1000], perResource[20000]; a > 0 && b > 0 {
		fmt.Fprintf(os.Stdout, "\nCPU per resource, 20,000 against 1,000: %.2f times\n", b/a)
	}
	return nil
}

// pullRequest is the size of the repository of which a pull request changes one module, in resources.
const pullRequest = 1000

// comparisonGoal is how many times as long as one scan the comparison of such a pull request may take, in wall and in CPU time.
const comparisonGoal = 1.5

// comparison measures what a pull request costs that touches one module of a repository: base and head together, against one scan.
func comparison(ctx context.Context, runs int, bin, tmp string) error {
	dir := filepath.Join(tmp, "pull-request")
	if _, err := repo.Write(dir, pullRequest); err != nil {
		return err
	}
	git := func(args ...string) error {
		cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "user.name=bench", "-c", "user.email=bench@example.org"}, args...)...)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		return cmd.Run()
	}
	main := filepath.Join(dir, "main.tf")
	for _, step := range []func() error{
		func() error { return git("init", "--quiet") },
		func() error { return git("add", ".") },
		func() error { return git("commit", "--quiet", "--message", "base") },
		func() error {
			text, err := os.ReadFile(main)
			if err != nil {
				return err
			}
			return os.WriteFile(main, bytes.Replace(text, []byte(`"public"`), []byte(`"restricted"`), 1), 0o600)
		},
		func() error { return git("commit", "--quiet", "--all", "--message", "head") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	one, both, err := measurePair(ctx, 2*runs+1, dir, bin,
		[]string{"scan", ".", "-q"}, []string{"diff", "HEAD~1", "HEAD", "-q", "--", "."})
	if err != nil {
		return err
	}
	verdict := "reached"
	if both.wall/one.wall > comparisonGoal || both.cpu/one.cpu > comparisonGoal {
		verdict = "missed"
	}
	fmt.Printf("\nA pull request on %d resources: %.3f s wall and %.3f s CPU, %.2f and %.2f times those of one scan; the goal of at most %.1f is %s\n",
		pullRequest, both.wall, both.cpu, both.wall/one.wall, both.cpu/one.cpu, comparisonGoal, verdict)
	return nil
}

type figures struct{ wall, cpu, peak float64 }

// measure runs the program several times and takes the medians.
func measure(ctx context.Context, runs int, dir, bin string, args []string) (figures, error) {
	var all []figures
	for range runs {
		f, err := once(ctx, dir, bin, args)
		if err != nil {
			return figures{}, err
		}
		all = append(all, f)
	}
	return median(all), nil
}

// measurePair measures two commands in turn, so that a load that comes and goes falls on both.
func measurePair(ctx context.Context, runs int, dir, bin string, one, other []string) (figures, figures, error) {
	var ones, others []figures
	for range runs {
		a, err := once(ctx, dir, bin, one)
		if err != nil {
			return figures{}, figures{}, err
		}
		b, err := once(ctx, dir, bin, other)
		if err != nil {
			return figures{}, figures{}, err
		}
		ones, others = append(ones, a), append(others, b)
	}
	return median(ones), median(others), nil
}

// median is the median of each figure by itself: on a shared machine the run of median CPU time may have waited long.
func median(all []figures) figures {
	of := func(figure func(figures) float64) float64 {
		slices.SortFunc(all, func(a, b figures) int { return cmp.Compare(figure(a), figure(b)) })
		return figure(all[len(all)/2])
	}
	return figures{
		wall: of(func(f figures) float64 { return f.wall }), cpu: of(func(f figures) float64 { return f.cpu }),
		peak: of(func(f figures) float64 { return f.peak }),
	}
}

func once(ctx context.Context, dir, bin string, args []string) (figures, error) {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = dir
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start).Seconds()
	if code := cmd.ProcessState.ExitCode(); err != nil && code != 1 && code != 3 {
		return figures{}, fmt.Errorf("exit %d: %w", code, err)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return figures{}, fmt.Errorf("this system does not tell the resources that a process used")
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return figures{wall, cpu.Seconds(), float64(usage.Maxrss) / 1024}, nil
}
