from_tfvars  = ["x", "y", 3]
not_nullable = null
nullable     = null
