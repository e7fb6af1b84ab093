package app

import (
	"fmt"
	"os"
	"strconv"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/github"
	"github.com/assay-audit/assay/reports/markdown"
)

// GitHubAnnotations writes workflow commands for the findings of a stored assessment. Diff names a unified diff whose lines come first; ""
// for none.
func (a *App) GitHubAnnotations(path, diff string, o Options) error {
	result, settings, err := a.stored(path, o)
	if err != nil {
		return err
	}
	var lines github.Diff
	if diff != "" {
		f, err := os.Open(diff)
		if err != nil {
			return Usage(fmt.Errorf("--diff: %w", err))
		}
		defer func() { _ = f.Close() }() // read only
		if lines, err = github.ParseDiff(f); err != nil {
			return Usage(fmt.Errorf("--diff %s: %w", diff, err))
		}
	}
	return github.Annotations(a.Stdout, result, settings, lines)
}

// GitHubSummary writes the summary of a step: the markdown format with more room.
func (a *App) GitHubSummary(path string, o Options) error {
	result, settings, err := a.stored(path, o)
	if err != nil {
		return err
	}
	return markdown.Renderer{Limit: markdown.SummaryBytes}.Render(a.Stdout, result, settings)
}

// GitHubOutputs are the outputs of a step that a stored assessment does not hold.
type GitHubOutputs struct {
	Code       int // exit code of the run
	SARIFFile  string
	ReportFile string
}

// GitHubOutputs writes the outputs of a step. Without an assessment (path "") the counts are empty: nothing was counted.
func (a *App) GitHubOutputs(path string, out GitHubOutputs) error {
	list := []github.Output{
		{Name: "exit-code", Value: strconv.Itoa(out.Code)},
		{Name: "verdict", Value: github.Verdict(out.Code)},
		{Name: "sarif-file", Value: out.SARIFFile},
		{Name: "report-file", Value: out.ReportFile},
	}
	if path != "" {
		result, err := readAssessment(path)
		if err != nil {
			return Usage(err)
		}
		list = append(list, github.Counts(result)...)
	}
	return github.Outputs(a.Stdout, list)
}

// stored reads an assessment, and the settings with which it is rendered.
func (a *App) stored(path string, o Options) (*assess.Assessment, reports.Options, error) {
	p, err := a.plan(o, true)
	if err != nil {
		return nil, reports.Options{}, err
	}
	result, err := readAssessment(path)
	return result, reports.Options{FailOn: p.failOn, FailOnIncomplete: p.options.FailOnIncomplete, ConfigFile: p.configFile}, Usage(err)
}
