package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// dynamodb maps tables. A table is always encrypted, is reached through AWS's HTTPS endpoints only, and is stored in three
// zones.
func dynamodb() mapping.Service {
	return mapping.Service{Name: "dynamodb", Types: []mapping.Type{
		{Name: "aws_dynamodb_table", Kinds: []string{"database"}, Map: dynamodbTable},
	}}
}

func dynamodbTable(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	sse := v.Block("server_side_encryption")
	d.EncryptionAtRest = kind.Known(true).From(v.Provenance())
	d.EncryptionKeyManagement = kind.Convert(sse.Bool("enabled").Or(false), func(customer bool) string {
		if customer {
			return "customer"
		}
		return "provider"
	})
	d.EncryptionSource = kind.Convert(sse.Bool("enabled").Or(false), func(explicit bool) string {
		if explicit {
			return "explicit"
		}
		return "provider_default"
	})
	d.EncryptionInTransitRequired = kind.Known(true)
	d.ExposurePublic = kind.Known(false)
	d.ExposurePublicPaths = kind.Known([]string{})
	d.NetworkPlacement = kind.Known("none")
	d.DeletionProtection = v.Bool("deletion_protection_enabled").Or(false)
	d.Redundancy = redundancy(v)
	d.BackupPITR = v.Block("point_in_time_recovery").Bool("enabled").Or(false)
	d.Engine = kind.Known("dynamodb")
	d.EngineVersion = kind.NA[string]()
	d.EngineEOLOn = kind.NA[kind.Date]()
	d.AutoMinorUpgrade = kind.NA[bool]()
	d.Versioning = kind.NA[bool]()
	d.ImmutabilityMode = kind.NA[string]()
	d.ImmutabilityDays = kind.NA[int64]()
	d.LoggingAccess = kind.Unknown[bool](evidence.NotCollected, "data events are set on the trail")
	c.Emit(v, "database", v.Instance.Name, "", d)
}

// redundancy of a table: three zones always, several regions with replicas.
func redundancy(v mapping.View) kind.Attr[string] {
	replicas, more := v.Blocks("replica")
	switch {
	case len(replicas) > 0:
		return kind.Known("multi_region").From(replicas[0].Provenance())
	case more != nil:
		return kind.Because[string](*more)
	}
	return kind.Known("multi_az")
}
