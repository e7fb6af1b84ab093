package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// The outputs below are written by hand in the form that the sections print on Linux 6.1: this project's machines have no device mapper
// (dmsetup version: "No such device"), so LUKS cannot be opened on a loop device here. The UUIDs are those of cryptsetup's own form.
const (
	blocksLUKS = `name=dm-0
dev=253:0
uuid=CRYPT-LUKS2-4d2f6a1be3c84e3da9a0a1b2c3d4e5f6-cryptroot
dm=cryptroot
part=
slaves=sda3
file=
name=dm-1
dev=253:1
uuid=LVM-abcdef
dm=vg-root
part=
slaves=dm-0
file=
name=dm-2
dev=253:2
uuid=LVM-abcdeg
dm=vg-data
part=
slaves=dm-0 sdb1
file=
name=sda
dev=8:0
uuid=
dm=
part=
slaves=
file=
name=sda1
dev=8:1
uuid=
dm=
part=sda
slaves=
file=
name=sda3
dev=8:3
uuid=
dm=
part=sda
slaves=
file=
name=sdb
dev=8:16
uuid=
dm=
part=
slaves=
file=
name=sdb1
dev=8:17
uuid=
dm=
part=sdb
slaves=
file=
`
	mountsLUKS = `22 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw,errors=remount-ro
23 22 8:1 / /boot rw,relatime - ext4 /dev/sda1 rw
24 22 0:21 / /tmp rw,nosuid - tmpfs tmpfs rw
25 22 0:44 / /net rw - nfs4 files:/export rw
26 22 253:1 /srv/a /srv/b rw,relatime - ext4 /dev/mapper/vg-root rw
`
)

func TestDisk(t *testing.T) {
	for _, test := range []struct {
		name, mounts, blocks, ciphers, zfs string
		encrypted, plain                   any
	}{
		{"LVM on LUKS; the boot partition does not count", mountsLUKS, blocksLUKS, "", "", true, []any{}},
		{
			"a volume that lies on a plain partition too, and plain swap", mountsLUKS + "27 22 253:2 / /data\\040x rw - xfs /dev/mapper/vg-data rw\nswap /dev/sdb1\n",
			blocksLUKS, "", "", false,
			[]any{"/data x"},
		},
		{"plain swap alone", mountsLUKS + "swap /dev/sdb1\n", blocksLUKS, "", "", false, []any{}},
		{"swap file on LUKS", mountsLUKS + "swapfile /swap.img\n", blocksLUKS, "", "", true, []any{}},
		{"a cipher that does nothing", mountsLUKS, blocksLUKS, "name=cryptroot\ncipher=cipher_null-ecb\n", "", false, []any{"/"}},
		{"dm-verity encrypts nothing", "1 0 9:1 / / rw - ext4 /dev/dm-9 rw\n", "name=dm-9\ndev=9:1\nuuid=CRYPT-VERITY-0\nslaves=sdc\nname=sdc\ndev=8:32\n", "", "", false, []any{"/"}},
		{"read-only", "1 0 8:1 / / ro - squashfs /dev/sda1 ro\n", blocksLUKS, "", "", true, []any{}},
		{
			"btrfs over two devices, one of them plain", "1 0 0:30 /@ / rw - btrfs /dev/dm-0 rw\n2 1 0:30 /@home /home rw - btrfs /dev/dm-0 rw\n",
			blocksLUKS + "btrfs=ffff dm-0\nbtrfs=ffff sdb\n", "", "", false,
			[]any{"/", "/home"},
		},
		{
			"a loop device whose file lies on LUKS", mountsLUKS + "30 22 7:0 / /mnt rw - ext4 /dev/loop0 rw\n", blocksLUKS + "name=loop0\ndev=7:0\nfile=/srv/image\n",
			"", "", true,
			[]any{},
		},
		{
			"a loop device whose file lies on itself", "30 22 7:0 / / rw - ext4 /dev/loop0 rw\n", "name=loop0\ndev=7:0\nfile=/image\n",
			"", "", evidence.Unsupported,
			[]any{},
		},
		{
			"ZFS, encrypted and not", "1 0 0:30 / / rw - zfs rpool/root rw\n2 1 0:31 / /srv rw - zfs rpool/srv rw\n", blocksLUKS, "",
			"set\trpool/root\taes-256-gcm\nset\trpool/srv\toff\ndev\trpool\t/dev/sdb1\n", false,
			[]any{"/srv"},
		},
		{"ZFS off, on LUKS", "1 0 0:30 / / rw - zfs rpool/root rw\n", blocksLUKS, "", "set\trpool/root\toff\ndev\trpool\t/dev/mapper/cryptroot\n", true, []any{}},
		{"a container", "1 0 0:30 / / rw - overlay overlay rw\n", blocksLUKS, "", "", evidence.Unsupported, []any{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := answered(map[string]string{"mounts": test.mounts, "blocks": test.blocks, "ciphers": test.ciphers, "zfs": test.zfs}).Entity()
			want := map[string]any{"disk.encrypted": test.encrypted, "disk.unencrypted_mounts": test.plain}
			if diff := cmp.Diff(want, attributes(e, "disk.encrypted", "disk.unencrypted_mounts")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, open := e.Unknown["disk.unencrypted_mounts[]"]; open != (test.encrypted == evidence.Unsupported) {
				t.Errorf("the list of mounts is open: %v", open)
			}
		})
	}
}

func TestDiskDenied(t *testing.T) {
	e := answered(map[string]string{"mounts": mountsLUKS}).Entity()
	want := map[string]any{"disk.encrypted": evidence.AccessDenied, "disk.unencrypted_mounts": evidence.AccessDenied}
	if diff := cmp.Diff(want, attributes(e, "disk.encrypted", "disk.unencrypted_mounts")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
