package fix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/app"
)

const key = `resource "aws_kms_key" "k" {
  enable_key_rotation = false
}
`

// vault is a database whose backups are too short for what is critical, and long enough for what is not.
const vault = `variable "criticality" {}

resource "aws_db_instance" "db" {
  engine                      = "postgres"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 20
  username                    = "lims"
  manage_master_user_password = true
  backup_retention_period     = 20
  tags = {
    criticality         = var.criticality
    data-classification = "restricted"
  }
}
`

// TestRefuses holds the command to leaving alone what it cannot evaluate or must not touch, and to saying why.
func TestRefuses(t *testing.T) {
	t.Parallel()
	bucket := func(rest string) string {
		return `resource "aws_s3_bucket" "b" {
  bucket = "clinic-b"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }] })
}
` + rest
	}
	cases := map[string]struct {
		check string
		files map[string]string
		why   string
	}{
		"variable": {"enc.key_lifecycle", map[string]string{
			"main.tf": "variable \"on\" {\n  default = false\n}\nresource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = var.on\n}\n",
		}, "enable_key_rotation is not a literal"},
		"expression": {"enc.key_lifecycle", map[string]string{
			"main.tf": "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = !true\n}\n",
		}, "enable_key_rotation is not a literal"},
		"key of each instance": {"enc.key_lifecycle", map[string]string{
			"main.tf": "resource \"aws_kms_key\" \"k\" {\n  for_each = { a = true, b = false }\n  enable_key_rotation = each.value\n}\n",
		}, "not all of them fail in the same way"},
		"module of which one instance passes": {"backup.retention", map[string]string{
			"main.tf": "module \"a\" {\n  source = \"./db\"\n  criticality = \"critical\"\n}\n" +
				"module \"b\" {\n  source = \"./db\"\n  criticality = \"low\"\n}\n",
			"db/main.tf": vault,
		}, "not all of them fail in the same way (see module.b.aws_db_instance.db)"},
		"dynamic block": {"enc.transit_datastores", map[string]string{
			"main.tf": "resource \"aws_opensearch_domain\" \"d\" {\n  domain_name = \"d\"\n  dynamic \"domain_endpoint_options\" {\n" +
				"    for_each = [false]\n    content {\n      enforce_https = domain_endpoint_options.value\n    }\n  }\n}\n",
		}, "domain_endpoint_options is a dynamic block"},
		"JSON": {"enc.key_lifecycle", map[string]string{
			"main.tf.json": `{"resource": {"aws_kms_key": {"k": {"enable_key_rotation": false}}}}`,
		}, "main.tf.json is JSON"},
		"secret": {"enc.key_lifecycle", map[string]string{
			"main.tf": key + "locals {\n  token = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\"\n}\n",
		}, "main.tf holds a secret"},
		"override": {"enc.key_lifecycle", map[string]string{
			"main.tf": key, "override.tf": key,
		}, "stands in 2 places (an override file)"},
		"bucket given to a module": {"net.datastore_private", map[string]string{
			"main.tf":   bucket("module \"m\" {\n  source = \"./m\"\n  bucket = aws_s3_bucket.b.id\n}\n"),
			"m/main.tf": "variable \"bucket\" {}\n",
		}, "is passed to module.m"},
		"block of another name": {"net.datastore_private", map[string]string{
			"main.tf": bucket("resource \"aws_s3_bucket_public_access_block\" \"x\" {\n  bucket = \"another\"\n}\n"),
		}, "its bucket is no plain reference"},
		"comment in the way": {"enc.key_lifecycle", map[string]string{
			"main.tf": "resource \"aws_kms_key\" \"k\" {\n  description = \"k\" /* a comment\n  of two lines */\n}\n",
		}, "cannot be edited safely"},
		"replacement": {"enc.at_rest", map[string]string{
			"main.tf": "resource \"aws_ebs_volume\" \"v\" {\n  availability_zone = \"eu-west-1a\"\n  size = 1\n}\n",
		}, "--allow-replace makes the edit: set encrypted = true"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, c.files)
			stdout, _, err := run(t, app.FixOptions{Options: app.Options{Targets: []string{dir}, Checks: []string{c.check}}})
			if err != nil {
				t.Error(err)
			}
			if !strings.HasPrefix(stdout, "fixed 0 of ") || !strings.Contains(stdout, c.why) {
				t.Errorf("want %q in:\n%s", c.why, stdout)
			}
			for file, text := range c.files {
				if diff := cmp.Diff(text, read(t, filepath.Join(dir, file))); diff != "" {
					t.Errorf("%s changed:\n%s", file, diff)
				}
			}
		})
	}
}

// TestOutside holds the command to the target: modules beside it and files behind symbolic links are not touched.
func TestOutside(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"root/main.tf": "module \"m\" {\n  source = \"../m\"\n}\n", "m/main.tf": key, "links/real": key,
	})
	if err := os.Symlink("real", filepath.Join(dir, "links", "main.tf")); err != nil {
		t.Fatal(err)
	}
	for target, why := range map[string]string{"root": "outside of the targets", "links": "main.tf is a symbolic link"} {
		stdout, _, err := run(t, app.FixOptions{Options: app.Options{Targets: []string{filepath.Join(dir, target)}, Checks: []string{"enc.key_lifecycle"}}})
		if err != nil || !strings.HasPrefix(stdout, "fixed 0 of 1 in 0 files") || !strings.Contains(stdout, why) {
			t.Errorf("%s: %v\nwant %q in:\n%s", target, err, why, stdout)
		}
	}
	for _, file := range []string{"m/main.tf", "links/real"} {
		if diff := cmp.Diff(key, read(t, filepath.Join(dir, file))); diff != "" {
			t.Errorf("%s changed:\n%s", file, diff)
		}
	}
}

// TestEdits makes edits in code that is written in unusual ways.
func TestEdits(t *testing.T) {
	t.Parallel()
	bucket := `resource "aws_s3_bucket" "b" {
  provider = aws.eu
  bucket   = "clinic-b"
}`
	policy := `resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }] })
}

`
	cases := map[string]struct{ check, before, after string }{
		"all instances fail": {
			"enc.key_lifecycle", "resource \"aws_kms_key\" \"k\" {\n  count = 2\n}\n",
			"resource \"aws_kms_key\" \"k\" {\n  count               = 2\n  enable_key_rotation = true\n}\n",
		},
		"Windows line ends": {
			"enc.key_lifecycle", "# k\r\nresource \"aws_kms_key\" \"k\" {\r\n  is_enabled = true # on\r\n}\r\n",
			"# k\r\nresource \"aws_kms_key\" \"k\" {\r\n  is_enabled          = true # on\r\n  enable_key_rotation = true\r\n}\r\n",
		},
		"no line end at the end": {
			"enc.key_lifecycle", "resource \"aws_kms_key\" \"k\" {\n  # nothing yet\n}",
			"resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true\n  # nothing yet\n}",
		},
		"one line": {
			"enc.key_lifecycle", `resource "aws_kms_key" "k" { description = "k" }`,
			"resource \"aws_kms_key\" \"k\" {\n  description         = \"k\"\n  enable_key_rotation = true\n}",
		},
		"tabs and no alignment stay": {
			"enc.key_lifecycle", "resource \"aws_kms_key\" \"k\" {\n\tdescription=\"k\"\n\n\tis_enabled = true\n}\n",
			"resource \"aws_kms_key\" \"k\" {\n\tdescription=\"k\"\n\n\tis_enabled = true\n\tenable_key_rotation = true\n}\n",
		},
		"text for a boolean, and no ASCII": {
			"enc.key_lifecycle", "resource \"aws_kms_key\" \"k\" {\n  description         = \"Schlüssel 🔑\"\n  enable_key_rotation = \"false\"\n}\n",
			"resource \"aws_kms_key\" \"k\" {\n  description         = \"Schlüssel 🔑\"\n  enable_key_rotation = true\n}\n",
		},
		"null": {
			"enc.key_lifecycle", "resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = null # later\n}\n",
			"resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true # later\n}\n",
		},
		"heredoc before": {
			"enc.key_lifecycle", "resource \"aws_kms_key\" \"k\" {\n  description = <<-EOT\n    }\n  EOT\n}\n",
			"resource \"aws_kms_key\" \"k\" {\n  enable_key_rotation = true\n  description         = <<-EOT\n    }\n  EOT\n}\n",
		},
		"part with the provider of its whole": {
			"net.datastore_private", policy + bucket,
			policy + bucket + `

resource "aws_s3_bucket_public_access_block" "b" {
  provider = aws.eu
  bucket   = aws_s3_bucket.b.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, map[string]string{"main.tf": c.before})
			stdout, _, err := run(t, app.FixOptions{Options: app.Options{Targets: []string{dir}, Checks: []string{c.check}}})
			if err != nil || !strings.Contains(stdout, "; remaining 0, ") {
				t.Errorf("%v\n%s", err, stdout)
			}
			if diff := cmp.Diff(c.after, read(t, filepath.Join(dir, "main.tf"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRoots edits the root module that fails, not another with a resource of the same name.
func TestRoots(t *testing.T) {
	t.Parallel()
	good := strings.Replace(key, "false", "true", 1)
	dir := write(t, map[string]string{"a/main.tf": good, "b/main.tf": key, "c/main.tf": good})
	stdout, _, err := run(t, app.FixOptions{Options: app.Options{Targets: []string{dir}, Checks: []string{"enc.key_lifecycle"}}})
	if err != nil || !strings.HasPrefix(stdout, "fixed 1 of 1 in 1 files") {
		t.Errorf("%v\n%s", err, stdout)
	}
	for _, root := range []string{"a", "b", "c"} {
		if diff := cmp.Diff(good, read(t, filepath.Join(dir, root, "main.tf"))); diff != "" {
			t.Errorf("%s:\n%s", root, diff)
		}
	}
}
