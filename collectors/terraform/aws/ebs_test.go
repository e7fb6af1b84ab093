package aws

import "testing"

func TestVolumes(t *testing.T) {
	t.Parallel()
	const instance = `
resource "aws_instance" "i" {
  ami = "ami-1"
  %s
}`
	run(t, []check{
		{
			"good", `
resource "aws_kms_key" "k" {}
resource "aws_instance" "i" { ami = "ami-1" }
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  encrypted         = true
  kms_key_id        = aws_kms_key.k.arn
}
resource "aws_volume_attachment" "a" {
  volume_id   = aws_ebs_volume.v.id
  instance_id = aws_instance.i.id
  device_name = "/dev/sdh"
}`, "aws_ebs_volume.v",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.source": "explicit",
				"attached_host": "tf:t:aws_instance.i", "exposure.public": false, "redundancy": "single",
				"encryption.in_transit_required": "n/a", "kind_detail": "volume",
			},
		},
		{
			"defaults", `resource "aws_ebs_volume" "v" { availability_zone = "eu-west-1a" }`, "aws_ebs_volume.v",
			map[string]any{"encryption.at_rest": false, "encryption.key_management": "none", "attached_host": nil},
		},
		{
			"the region's default encrypts", `
resource "aws_ebs_encryption_by_default" "e" { enabled = true }
resource "aws_kms_key" "k" {}
resource "aws_ebs_default_kms_key" "k" { key_arn = aws_kms_key.k.arn }
resource "aws_ebs_volume" "v" { availability_zone = "eu-west-1a" }`, "aws_ebs_volume.v",
			map[string]any{"encryption.at_rest": true, "encryption.key_management": "customer"},
		},
		{
			"unknown", `
variable "encrypted" { type = bool }
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  encrypted         = var.encrypted
}`, "aws_ebs_volume.v",
			map[string]any{"encryption.at_rest": "unknown: unresolved"},
		},
		{
			"from a snapshot elsewhere", `
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  snapshot_id       = "snap-1"
}`, "aws_ebs_volume.v",
			map[string]any{"encryption.at_rest": "unknown: computed"},
		},
		{
			"root volume, not encrypted", sprintf(instance, `root_block_device { volume_size = 20 }`), "aws_instance.i#root",
			map[string]any{"encryption.at_rest": false, "attached_host": "tf:t:aws_instance.i"},
		},
		{
			"root volume, encrypted", sprintf(instance, `root_block_device { encrypted = true }`), "aws_instance.i#root",
			map[string]any{"encryption.at_rest": true, "encryption.key_management": "provider"},
		},
		{
			"root volume of the image", sprintf(instance, ``), "aws_instance.i#root",
			map[string]any{"encryption.at_rest": "unknown: computed"},
		},
		{
			"further volume", sprintf(instance, `ebs_block_device {
    device_name = "/dev/sdf"
    tags        = { classification = "public" }
  }`), "aws_instance.i#ebs-/dev/sdf",
			map[string]any{"encryption.at_rest": false, "data.classification": "public"},
		},
		{
			"launch template", `
resource "aws_launch_template" "t" {
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs { encrypted = "true" }
  }
}`, "aws_launch_template.t#ebs-/dev/xvda",
			map[string]any{"encryption.at_rest": true, "attached_host": nil},
		},
		{
			"snapshot of an encrypted volume", `
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  encrypted         = true
}
resource "aws_ebs_snapshot" "s" { volume_id = aws_ebs_volume.v.id }`, "aws_ebs_snapshot.s",
			map[string]any{"encryption.at_rest": true, "encryption.key_management": "provider", "exposure.public": false},
		},
		{
			"encrypted copy of a snapshot", `
resource "aws_ebs_snapshot_copy" "s" {
  source_snapshot_id = "snap-1"
  source_region      = "eu-west-1"
  encrypted          = true
}`, "aws_ebs_snapshot_copy.s",
			map[string]any{"encryption.at_rest": true},
		},
		{
			"public image", `
resource "aws_ami" "a" {
  name = "golden"
  ebs_block_device {
    device_name = "/dev/xvda"
    encrypted   = true
  }
}
resource "aws_ami_launch_permission" "p" {
  image_id = aws_ami.a.id
  group    = "all"
}`, "aws_ami.a",
			map[string]any{
				"encryption.at_rest": true, "exposure.public": true, "exposure.public_paths": []any{"snapshot_share"}, "kind_detail": "image",
			},
		},
		{
			"image of an instance", sprintf(instance, `root_block_device { encrypted = false }`) + `
resource "aws_ami_from_instance" "a" {
  name               = "copy"
  source_instance_id = aws_instance.i.id
}`, "aws_ami_from_instance.a",
			map[string]any{"encryption.at_rest": false, "exposure.public": false},
		},
	})
}
