locals {
  overridden = "override"
}

resource "terraform_data" "one" {
  triggers_replace = "added"
}
