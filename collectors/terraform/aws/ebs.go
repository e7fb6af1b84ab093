package aws

import (
	"strconv"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// ebs maps volumes, their snapshots and machine images. The volumes that an instance or a launch template brings are entities
// of their own, named by the resource with a suffix.
func ebs() mapping.Service {
	volume, snap, image := []string{"volume"}, []string{"snapshot"}, []string{"image"}
	types := []mapping.Type{
		{Name: "aws_ebs_volume", Kinds: volume, Map: ebsVolume},
		{Name: "aws_volume_attachment", Kinds: volume, PartOf: []string{"aws_ebs_volume"}},
		{Name: "aws_instance", Kinds: volume, Map: instanceVolumes},
		{Name: "aws_spot_instance_request", Kinds: volume, Map: instanceVolumes},
		{Name: "aws_launch_configuration", Kinds: volume, Map: instanceVolumes},
		{Name: "aws_launch_template", Kinds: volume, Map: templateVolumes},
		{Name: "aws_ebs_snapshot", Kinds: snap, Map: ebsSnapshot},
		{Name: "aws_ebs_snapshot_copy", Kinds: snap, Map: ebsSnapshotCopy},
		{Name: "aws_ebs_snapshot_import", Kinds: snap, Map: ebsSnapshotCopy},
		{Name: "aws_ami", Kinds: image, Map: machineImage},
		{Name: "aws_ami_copy", Kinds: image, Map: machineImage},
		{Name: "aws_ami_from_instance", Kinds: image, Map: machineImage},
		{Name: "aws_ami_launch_permission", Kinds: image, PartOf: []string{"aws_ami", "aws_ami_copy", "aws_ami_from_instance"}},
		{Name: "aws_ebs_encryption_by_default", Kinds: []string{"account", "volume"}, PartOf: []string{"aws_ebs_volume", "aws_instance"}},
		{Name: "aws_ebs_default_kms_key", Kinds: volume, PartOf: []string{"aws_ebs_volume", "aws_instance"}},
	}
	types = append(types, noted("shares a snapshot with one named account, which does not make it public",
		"aws_snapshot_create_volume_permission")...)
	types = append(types, noted("keeps snapshots from being shared with everyone in future; says nothing of those that are",
		"aws_ebs_snapshot_block_public_access", "aws_ec2_image_block_public_access")...)
	types = append(types, noted("makes restores faster", "aws_ebs_fast_snapshot_restore")...)
	return mapping.Service{Name: "ebs", Types: types}
}

// volumeEncrypted says whether a volume is encrypted: by its own setting, by that of the snapshot it is made from, or by the
// account's default in the region. The default does not touch volumes that are already there, so a setting of the volume's own
// stands before it. A default that is not declared here counts as off, as AWS sets it up.
func volumeEncrypted(c *mapping.Context, v, block mapping.View) kind.Attr[bool] {
	own := block.Bool("encrypted")
	if !own.Absent() {
		return own.OrNull()
	}
	byDefault := encryptedByDefault(c, v)
	if on, known := byDefault.Value(); known && !on {
		byDefault = byDefault.From(block.Provenance())
	}
	if block.Has("snapshot_id") {
		return kind.Either(snapshotEncrypted(c, block), byDefault)
	}
	return byDefault
}

// snapshotEncrypted follows a volume to the snapshot that it is made from.
func snapshotEncrypted(c *mapping.Context, block mapping.View) kind.Attr[bool] {
	const arg = "snapshot_id"
	if s := sourceOf(c, block, arg, "aws_ebs_snapshot_copy"); s != nil {
		return s.Bool("encrypted").Or(false).From(block.ProvenanceOf(arg))
	}
	s := sourceOf(c, block, arg, "aws_ebs_snapshot")
	if s == nil {
		return restored[bool](block, arg)
	}
	source := sourceOf(c, *s, "volume_id", "aws_ebs_volume")
	if source == nil || source.Has(arg) { // a snapshot of a volume of a snapshot: not followed further
		return restored[bool](block, arg)
	}
	return volumeEncrypted(c, *source, *source).From(block.ProvenanceOf(arg))
}

// encryptedByDefault is whether the region's default encryption is turned on here. New volumes are then encrypted.
func encryptedByDefault(c *mapping.Context, v mapping.View) kind.Attr[bool] {
	out := kind.Known(false).From(v.Provenance())
	for _, def := range c.All("aws_ebs_encryption_by_default") {
		on := def.Bool("enabled").Or(true).From(def.ProvenanceOf("enabled"))
		out = kind.Either(out, kind.Both(on, kind.Both(sameAccount(def, v), sameRegion(c, def, v))))
	}
	return out
}

// sameRegion compares where two resources are made.
func sameRegion(c *mapping.Context, a, b mapping.View) kind.Attr[bool] {
	ownRegion := c.View(a.Instance).Has("region") || c.View(b.Instance).Has("region")
	if a.Instance.Provider.Alias == b.Instance.Provider.Alias && !ownRegion {
		return kind.Known(true)
	}
	return kind.Then(a.Region(), func(x string) kind.Attr[bool] {
		return kind.Convert(b.Region(), func(y string) bool { return x == y })
	})
}

// volumeOf begins the datastore of a block device, which stands in the block of the view's instance or is the instance.
func volumeOf(c *mapping.Context, v, block mapping.View, uid string) kind.Datastore {
	labelled := v
	if block.Has("tags") {
		labelled = block
	}
	d := labelled.Datastore("volume")
	encrypt(c, &d, uid, volumeKey(c, v, block))
	awsstore.Volume(&d)
	awsstore.WithoutBackup(&d)
	return d
}

// volumeKey says how a volume is encrypted. Without a key of its own the region's default key is used.
func volumeKey(c *mapping.Context, v, block mapping.View) encryption {
	e := encryption{on: volumeEncrypted(c, v, block), view: block, key: "kms_key_id", explicit: []string{"encrypted"}}
	if block.Has(e.key) || block.Maybe() != nil {
		return e
	}
	for _, def := range c.All("aws_ebs_default_kms_key") {
		if same, known := kind.Both(sameAccount(def, v), sameRegion(c, def, v)).Value(); known && same {
			return encryption{on: e.on, view: def, key: "key_arn"}
		}
	}
	return e
}

func ebsVolume(c *mapping.Context, v mapping.View) {
	d := volumeOf(c, v, v, v.UID())
	c.Emit(v, "volume", v.Instance.Name, "", d, kind.Volume{AttachedHost: attachedHost(c, v)})
}

// attachedHost is the instance that a volume attachment names; null where none does.
func attachedHost(c *mapping.Context, v mapping.View) kind.Attr[string] {
	attachments, open := v.Parts("aws_volume_attachment", "volume_id")
	for _, a := range attachments {
		t := a.Targets("instance_id", "aws_instance", "aws_spot_instance_request")
		switch uids := t.UIDs(c); {
		case len(uids) > 0:
			return kind.Known(uids[0]).From(a.Provenance())
		case t.Open != nil:
			return kind.Because[string](*t.Open).From(a.Provenance())
		}
	}
	if open != nil {
		return kind.Because[string](*open).From(v.Provenance())
	}
	return kind.Null[string]().From(v.Provenance())
}

// instanceVolumes maps the block devices of an instance: the root volume, which every instance has, and further ones.
func instanceVolumes(c *mapping.Context, v mapping.View) {
	emitVolume(c, v, rootDevice(v), "root")
	devices, _ := v.Blocks("ebs_block_device")
	for i, b := range devices {
		emitVolume(c, v, b, "ebs-"+deviceName(b, "device_name", i))
	}
}

// deviceName tells the devices of one resource apart.
func deviceName(block mapping.View, arg string, i int) string {
	if name, known := block.String(arg).Known(); known && name != "" {
		return name
	}
	return strconv.Itoa(i)
}

func rootDevice(v mapping.View) mapping.View { return v.Block("root_block_device") }

// emitVolume adds the volume of a block. Without a block the image decides about encryption, unless the account's default does.
func emitVolume(c *mapping.Context, v, block mapping.View, suffix string) {
	uid := v.UID() + "#" + suffix
	d := volumeOf(c, v, block, uid)
	if on, known := d.EncryptionAtRest.Value(); known && !on && !block.Exists() {
		why := evidence.Unknown{Reason: evidence.Computed, Detail: "without a " + suffix + " block device the image decides"}
		d.EncryptionAtRest = kind.Because[bool](why)
		d.EncryptionKeyManagement = kind.Because[string](why)
		d.EncryptionSource = kind.Because[string](why)
	}
	host := kind.Known(v.UID())
	if v.Instance.Type == "aws_launch_template" || v.Instance.Type == "aws_launch_configuration" {
		host = kind.Null[string]() // a template: its hosts do not exist yet
	}
	if block.Exists() {
		v = block // the finding belongs to the block's line
	}
	c.Emit(v, "volume", v.Instance.Name+" "+suffix, suffix, d, kind.Volume{AttachedHost: host})
}

func templateVolumes(c *mapping.Context, v mapping.View) {
	mappings, _ := v.Blocks("block_device_mappings")
	for i, m := range mappings {
		if m.Has("ebs") {
			emitVolume(c, v, m.Block("ebs"), "ebs-"+deviceName(m, "device_name", i))
		}
	}
}

// ebsSnapshot is encrypted as its volume is.
func ebsSnapshot(c *mapping.Context, v mapping.View) {
	d := v.Datastore("snapshot")
	source := sourceOf(c, v, "volume_id", "aws_ebs_volume")
	on := restored[bool](v, "volume_id")
	if source != nil {
		on = volumeEncrypted(c, *source, *source).From(v.ProvenanceOf("volume_id"))
	}
	inheritEncryption(c, &d, v, on, source)
	emitSnapshot(c, v, d)
}

// ebsSnapshotCopy is a copy or an import, which state their own encryption; a copy of an encrypted snapshot stays encrypted.
func ebsSnapshotCopy(c *mapping.Context, v mapping.View) {
	d := v.Datastore("snapshot")
	on := v.Bool("encrypted").ElseAttr(kind.Either(copiedEncryption(c, v), encryptedByDefault(c, v)))
	encrypt(c, &d, v.UID(), encryption{
		on: on, view: v, key: "kms_key_id", explicit: []string{"encrypted"},
	})
	emitSnapshot(c, v, d)
}

func copiedEncryption(c *mapping.Context, v mapping.View) kind.Attr[bool] {
	const arg = "source_snapshot_id"
	if v.Instance.Type == "aws_ebs_snapshot_import" {
		return kind.Known(false).From(v.Provenance())
	}
	if s := sourceOf(c, v, arg, "aws_ebs_snapshot"); s != nil {
		if source := sourceOf(c, *s, "volume_id", "aws_ebs_volume"); source != nil {
			return volumeEncrypted(c, *source, *source).From(v.ProvenanceOf(arg))
		}
	}
	return restored[bool](v, arg)
}

// emitSnapshot: Terraform can share an EBS snapshot with named accounts only.
func emitSnapshot(c *mapping.Context, v mapping.View, d kind.Datastore) {
	d.EncryptionInTransitRequired = kind.NA[bool]()
	d.NetworkPlacement = kind.Known("none")
	awsstore.Private(&d)
	awsstore.Snapshot(&d)
	c.Emit(v, "snapshot", v.Instance.Name, "", d)
}

// machineImage: an image is as encrypted as all of the snapshots behind it, and as public as its launch permissions.
func machineImage(c *mapping.Context, v mapping.View) {
	d := v.Datastore("image")
	encrypt(c, &d, v.UID(), encryption{
		on: imageEncrypted(c, v), view: v, key: "kms_key_id", explicit: []string{"encrypted", "ebs_block_device"},
	})
	d.EncryptionInTransitRequired = kind.NA[bool]()
	d.NetworkPlacement = kind.Known("none")
	var x awsstore.Exposure
	permissions, open := v.Parts("aws_ami_launch_permission", "image_id")
	for _, p := range permissions {
		x.Add("snapshot_share", equals(p.String("group"), "all"))
	}
	if open != nil {
		x.Add("snapshot_share", kind.Because[bool](*open))
	}
	x.Fill(&d)
	awsstore.Snapshot(&d)
	c.Emit(v, "image", v.Instance.Name, "", d)
}

func imageEncrypted(c *mapping.Context, v mapping.View) kind.Attr[bool] {
	def := encryptedByDefault(c, v)
	switch v.Instance.Type {
	case "aws_ami_copy":
		return v.Bool("encrypted").ElseAttr(kind.Either(restored[bool](v, "source_ami_id"), def))
	case "aws_ami_from_instance":
		if source := sourceOf(c, v, "source_instance_id", "aws_instance"); source != nil {
			return kind.Either(instanceEncrypted(c, *source), def).From(v.ProvenanceOf("source_instance_id"))
		}
		return kind.Either(restored[bool](v, "source_instance_id"), def)
	}
	all := kind.Known(true).From(v.Provenance())
	devices, more := v.Blocks("ebs_block_device")
	if len(devices) == 0 && more == nil {
		return kind.Either(kind.Unknown[bool](evidence.Computed, "the image names no block device"), def)
	}
	for _, b := range devices {
		one := b.Bool("encrypted").Or(false)
		if b.Has("snapshot_id") && !b.Has("encrypted") {
			one = snapshotEncrypted(c, b)
		}
		all = kind.Both(all, one)
	}
	if more != nil {
		all = kind.Both(all, kind.Because[bool](*more))
	}
	return kind.Either(all, def)
}

// instanceEncrypted is whether all block devices of an instance are.
func instanceEncrypted(c *mapping.Context, v mapping.View) kind.Attr[bool] {
	root := rootDevice(v)
	all := kind.Unknown[bool](evidence.Computed, "without a root block device the image decides")
	if root.Exists() {
		all = volumeEncrypted(c, v, root)
	}
	devices, more := v.Blocks("ebs_block_device")
	for _, b := range devices {
		all = kind.Both(all, volumeEncrypted(c, v, b))
	}
	if more != nil {
		all = kind.Both(all, kind.Because[bool](*more))
	}
	return all
}
