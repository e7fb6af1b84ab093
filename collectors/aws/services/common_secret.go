package services

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/secret"
)

// Where a leaked secret stands, as the kind has it.
const (
	inUserData    = "user_data"
	inEnvironment = "env_plain"
)

// leak looks for secrets in a text that everybody sees who may describe a resource, and emits one entity where it finds any. The text stays in
// memory: what is emitted is a keyed hash. UID names the place; name is what announces a secret, such as a variable's name.
func leak(c *api.Context, uid, label, location, name, text string, prov *evidence.Provenance) {
	var detectors, found []string
	for _, m := range secret.Scan(name, text) {
		detectors, found = append(detectors, m.Detector), append(found, text[m.Start:m.End])
	}
	if len(found) == 0 {
		return
	}
	slices.Sort(detectors)
	slices.Sort(found)
	c.Emit(api.Entity{Kind: "secret", UID: uid, Name: label, Prov: prov}, kind.Secret{
		Location: kind.Known(location), Detector: kind.Known(strings.Join(slices.Compact(detectors), ", ")),
		ValueHMAC:       kind.Known(c.Hasher.Hash(strings.Join(slices.Compact(found), "\x00"))),
		RotationEnabled: kind.NA[bool](), RotationPeriodDays: kind.NA[int64](),
	})
}

// userData is user data as the machine sees it: decoded, and unpacked where it is compressed, up to the size that is searched.
func userData(encoded string) string {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return encoded
	}
	if unpacked, err := gzip.NewReader(bytes.NewReader(plain)); err == nil {
		if text, err := io.ReadAll(io.LimitReader(unpacked, secret.MaxBytes)); err == nil || len(text) > 0 {
			plain = text
		}
	}
	if !utf8.Valid(plain) {
		return strings.ToValidUTF8(string(plain), " ")
	}
	return string(plain)
}
