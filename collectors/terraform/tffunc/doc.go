// Package tffunc is the function table of the Terraform language, version 1.11, for an evaluator that reads
// configuration it does not trust.
//
// Terraform itself calls these functions on the computer of the person who wrote the configuration. Here the
// configuration comes from somebody else, so the table differs from Terraform's in four deliberate ways:
//
//   - Files are read only below [Options.Root]; the home directory and the environment do not exist.
//   - What differs from run to run (bcrypt, uuid, timestamp, plantimestamp) and what would reveal a secret
//     (rsadecrypt) is unknown, never a value.
//   - Work and results are bounded by [MaxBytes] and [MaxElements], so a hostile expression is an error and
//     not an exhausted memory.
//   - The error of a call with a [Sensitive] argument does not repeat the argument.
//
// # Two kinds of error
//
// A plain error is one that Terraform reports too: regex found no match, file found no file. A [LimitError] is
// ours alone: Terraform might have returned a value. The difference decides what try and can do. They swallow
// plain errors, as in Terraform, but pass a LimitError on, because taking the fallback would be a guess. An
// evaluator should treat an expression that ends in a LimitError (see [Limit]) as unknown, with the error as
// its reason.
//
// # Marks
//
// Every function carries the cty marks of its arguments over to its result, also when the result is unknown.
// A function that selects (lookup, element, values and their like) keeps only the marks of what it selected and
// of the collection and key it used.
//
// # Functions of providers
//
// A call such as provider::aws::arn_parse(...) runs code of the provider, which is not present. The evaluator
// finds such names with [IsProviderFunction] and adds [Unknown] under each of them to the map it evaluates
// with; the call is then unknown and keeps its arguments' marks. Any other name that is not in the table is a
// mistake in the configuration, and hcl reports it.
package tffunc
