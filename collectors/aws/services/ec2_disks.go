package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// volumeFacts are the volumes of a region by their ids.
type volumeFacts struct {
	list api.Listing[types.Volume]
	byID map[string]types.Volume
}

// regionVolumes lists the volumes of the unit's region, once for all units.
func regionVolumes(ctx context.Context, c *api.Context) volumeFacts {
	return api.Shared(c, "ec2 volumes", func(c *api.Context) volumeFacts {
		out := volumeFacts{
			list: api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeVolumes, &ec2.DescribeVolumesInput{},
				func(o *ec2.DescribeVolumesOutput) []types.Volume { return o.Volumes }),
			byID: map[string]types.Volume{},
		}
		for _, v := range out.list.Items {
			out.byID[aws.ToString(v.VolumeId)] = v
		}
		return out
	})
}

// diskEncrypted is whether all volumes of an instance are encrypted.
func (f volumeFacts) diskEncrypted(i types.Instance) kind.Attr[bool] {
	var bare []kind.Attr[bool]
	for _, m := range i.BlockDeviceMappings {
		if m.Ebs == nil {
			continue
		}
		v, found := f.byID[aws.ToString(m.Ebs.VolumeId)]
		switch {
		case found:
			bare = append(bare, kind.Known(!aws.ToBool(v.Encrypted)))
		case f.list.Fail != nil:
			bare = append(bare, kind.Because[bool](f.list.Fail.Unknown()))
		default:
			bare = append(bare, kind.Unknown[bool](evidence.Unlinked, "volume "+aws.ToString(m.Ebs.VolumeId)+" was not found"))
		}
	}
	if len(bare) == 0 {
		return kind.Unknown[bool](evidence.Unsupported, "the instance has no volume that AWS describes")
	}
	return kind.Not(kind.AnyOf(bare)).From(f.list.Prov)
}

// disks reads volumes, their snapshots and machine images.
func disks(ctx context.Context, c *api.Context, client *ec2.Client) {
	if !c.Wants("volume", "snapshot", "image", "recovery_point") {
		return
	}
	byDefault := ebsDefault(ctx, c)
	volumes := regionVolumes(ctx, c)
	if c.Wants("volume") {
		for _, v := range volumes.list.Items {
			volume(ctx, c, v, byDefault, volumes.list.Prov)
		}
	}
	if c.Wants("snapshot", "recovery_point") {
		snapshots(ctx, c, client, byDefault)
	}
	if c.Wants("image") {
		list := api.List(ctx, c, client.DescribeImages, &ec2.DescribeImagesInput{Owners: []string{"self"}},
			func(o *ec2.DescribeImagesOutput) []types.Image { return o.Images })
		for _, i := range list.Items {
			if foreign(c, i.OwnerId) {
				continue
			}
			machineImage(ctx, c, i, byDefault, list.Prov)
		}
	}
}

func volume(ctx context.Context, c *api.Context, v types.Volume, byDefault kind.Attr[bool], prov *evidence.Provenance) {
	uid := ec2ARN(c, nil, "volume", v.VolumeId)
	d := c.Datastore("volume", ec2Tags(v.Tags))
	encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(v.Encrypted)), key: aws.ToString(v.KmsKeyId), byDefault: byDefault})
	awsstore.Volume(&d)
	withoutBackup(&d)
	unsearched(&d)
	unsized(&d)
	host := kind.Null[string]()
	for _, a := range v.Attachments {
		if id := aws.ToString(a.InstanceId); id != "" && a.State != types.VolumeAttachmentStateDetached {
			host = kind.Known(hostUID(c, id))
		}
	}
	c.Emit(api.Entity{
		Kind: "volume", UID: uid, Name: nameOf(v.Tags, v.VolumeId), Aliases: []string{aws.ToString(v.VolumeId)}, Prov: prov,
	}, d, kind.Volume{AttachedHost: host})
}

// snapshotARN is the ARN of a snapshot or image, in which AWS leaves the account out.
func snapshotARN(c *api.Context, typ string, id *string) string {
	return "arn:" + c.Account.Partition + ":ec2:" + c.Region + "::" + typ + "/" + aws.ToString(id)
}

// snapshots reads the account's own snapshots. Each is a store of its own, which stays when the volume is gone and can be shared, and a recovery
// point of the volume. Those of AWS Backup are recovery points there.
func snapshots(ctx context.Context, c *api.Context, client *ec2.Client, byDefault kind.Attr[bool]) {
	list := api.List(ctx, c, client.DescribeSnapshots, &ec2.DescribeSnapshotsInput{OwnerIds: []string{"self"}},
		func(o *ec2.DescribeSnapshotsOutput) []types.Snapshot { return o.Snapshots })
	list.Items = slices.DeleteFunc(list.Items, func(s types.Snapshot) bool { return foreign(c, s.OwnerId) })
	if len(list.Items) == 0 {
		return
	}
	shared := publicSnapshots(ctx, c, client)
	api.Each(ctx, c, list.Items, func(ctx context.Context, s types.Snapshot) {
		uid := snapshotARN(c, "snapshot", s.SnapshotId)
		if c.Wants("snapshot") {
			d := c.Datastore("snapshot", ec2Tags(s.Tags))
			encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(s.Encrypted)), key: aws.ToString(s.KmsKeyId), byDefault: byDefault})
			snapshot(&d)
			var x awsstore.Exposure
			x.Add("snapshot_share", shared.of(ctx, c, client, s))
			x.Fill(&d)
			d.SizeBytes = sizeOfSnapshot(s)
			c.Emit(api.Entity{
				Kind: "snapshot", UID: uid, Name: nameOf(s.Tags, s.SnapshotId), Aliases: []string{aws.ToString(s.SnapshotId)}, Prov: list.Prov,
			}, d)
		}
		if c.Wants("recovery_point") && !ofBackupService(s.Tags) {
			ebsPoint(ctx, c, s, uid+"#recovery-point", list.Prov)
		}
	})
}

// foreign reports whether something that was listed belongs to another account, which only shares it.
func foreign(c *api.Context, owner *string) bool { return owner != nil && *owner != c.Account.ID }

// ofBackupService reports whether AWS Backup made a snapshot or image: it tags what it makes.
func ofBackupService(tags []types.Tag) bool {
	return slices.ContainsFunc(tags, func(t types.Tag) bool { return strings.HasPrefix(aws.ToString(t.Key), "aws:backup:") })
}

func ebsPoint(ctx context.Context, c *api.Context, s types.Snapshot, uid string, prov *evidence.Provenance) {
	status := "partial"
	if s.State == types.SnapshotStateCompleted {
		status = "completed"
	}
	p := snapshotPoint(status, s.StartTime, s.CompletionTime)
	if s.RestoreExpiryTime != nil {
		p.ExpiresAt = api.Time(s.RestoreExpiryTime)
	}
	keyOf(ctx, c, &p, uid, s.Encrypted, aws.ToString(s.KmsKeyId))
	p.SizeBytes = sizeOfSnapshot(s)
	c.Emit(api.Entity{Kind: "recovery_point", UID: uid, Name: nameOf(s.Tags, s.SnapshotId), Prov: prov}, p)
	if id := aws.ToString(s.VolumeId); id != "" && id != noVolume {
		c.Relate("protects", uid, c.ARN("ec2", "volume/"+id))
	}
}

// noVolume stands for the volume of a snapshot that was copied or imported.
const noVolume = "vol-ffffffff"

func sizeOfSnapshot(s types.Snapshot) kind.Attr[int64] {
	if s.FullSnapshotSizeInBytes != nil {
		return kind.Known(*s.FullSnapshotSizeInBytes)
	}
	return kind.Unknown[int64](evidence.Unsupported, "AWS states the size of the volume only")
}

// snapshotShares tell which snapshots of the account may be public.
type snapshotShares struct {
	blocked bool                 // nothing is public, whatever a snapshot's own permissions say
	perhaps map[string]bool      // the ids of those that AWS lists as restorable by everybody
	prov    *evidence.Provenance // of what decides
	fail    *api.Failure         // why there may be more
}

// publicSnapshots asks for all own snapshots that everybody may restore in one list, unless the account lets none be.
func publicSnapshots(ctx context.Context, c *api.Context, client *ec2.Client) snapshotShares {
	if !c.Wants("exposure.public", "exposure.public_paths") {
		return snapshotShares{}
	}
	block := api.Ask(ctx, c, client.GetSnapshotBlockPublicAccessState, &ec2.GetSnapshotBlockPublicAccessStateInput{})
	if block.Out.State == types.SnapshotBlockPublicAccessStateBlockAllSharing {
		return snapshotShares{blocked: true, prov: block.Prov}
	}
	list := api.List(ctx, c, client.DescribeSnapshots, &ec2.DescribeSnapshotsInput{OwnerIds: []string{"self"}, RestorableByUserIds: []string{"all"}},
		func(o *ec2.DescribeSnapshotsOutput) []types.Snapshot { return o.Snapshots })
	out := snapshotShares{perhaps: make(map[string]bool, len(list.Items)), prov: list.Prov, fail: list.Fail}
	for _, s := range list.Items {
		out.perhaps[aws.ToString(s.SnapshotId)] = true
	}
	return out
}

// of is whether a snapshot is public. AWS refuses to share an encrypted one with everybody.
func (p snapshotShares) of(ctx context.Context, c *api.Context, client *ec2.Client, s types.Snapshot) kind.Attr[bool] {
	switch {
	case aws.ToBool(s.Encrypted):
		return kind.Known(false)
	case p.blocked:
		return kind.Known(false).From(p.prov)
	case !p.perhaps[aws.ToString(s.SnapshotId)] && p.fail != nil:
		return kind.Because[bool](p.fail.Unknown()).From(p.prov)
	case !p.perhaps[aws.ToString(s.SnapshotId)]:
		return kind.Known(false).From(p.prov)
	}
	a := api.Ask(ctx, c, client.DescribeSnapshotAttribute, &ec2.DescribeSnapshotAttributeInput{
		SnapshotId: s.SnapshotId, Attribute: types.SnapshotAttributeNameCreateVolumePermission,
	}, "InvalidSnapshot.NotFound")
	return api.Read(a, func(o *ec2.DescribeSnapshotAttributeOutput) kind.Attr[bool] {
		return kind.Known(slices.ContainsFunc(o.CreateVolumePermissions, func(p types.CreateVolumePermission) bool {
			return p.Group == types.PermissionGroupAll
		}))
	})
}

// machineImage: an image is as encrypted as all of the snapshots behind it.
func machineImage(ctx context.Context, c *api.Context, i types.Image, byDefault kind.Attr[bool], prov *evidence.Provenance) {
	uid := snapshotARN(c, "image", i.ImageId)
	d := c.Datastore("image", ec2Tags(i.Tags))
	on, key, volumes := true, "", 0
	for _, m := range i.BlockDeviceMappings {
		if m.Ebs == nil {
			continue
		}
		volumes++
		on = on && aws.ToBool(m.Ebs.Encrypted)
		if key == "" {
			key = aws.ToString(m.Ebs.KmsKeyId)
		}
	}
	encrypted := kind.Known(on)
	if volumes == 0 {
		encrypted = kind.Unknown[bool](evidence.Unsupported, "the image names no volume")
	}
	encrypt(ctx, c, &d, uid, encryption{on: encrypted, key: key, byDefault: byDefault})
	if on && key == "" {
		d.EncryptionKeyManagement = kind.Unknown[string](evidence.Unsupported, "AWS names the key of the snapshots behind the image only there")
		d.EncryptionSource = kind.Unknown[string](evidence.Unsupported, "AWS names the key of the snapshots behind the image only there")
	}
	snapshot(&d)
	var x awsstore.Exposure
	x.Add("snapshot_share", kind.Known(aws.ToBool(i.Public)))
	x.Fill(&d)
	unsized(&d)
	name := nameOf(i.Tags, i.Name)
	c.Emit(api.Entity{Kind: "image", UID: uid, Name: name, Aliases: []string{aws.ToString(i.ImageId)}, Prov: prov}, d)
}
