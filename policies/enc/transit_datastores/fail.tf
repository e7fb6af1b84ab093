provider "aws" {
  region = "eu-west-1"
}

# No policy, so nothing denies plain HTTP.
resource "aws_s3_bucket" "results" { # fail
  bucket = "stbrigid-results"
}

resource "aws_elasticache_replication_group" "sessions" {
  replication_group_id       = "sessions"
  description                = "Portal sessions"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  transit_encryption_enabled = false # fail
}
