variable "name" { type = string }

variable "records" {
  type    = list(string)
  default = ["default"]
}

module "rec" {
  source = "./rec"
  count  = length(var.records)
  value  = var.records[count.index]
}

resource "terraform_data" "z" {
  for_each = toset(var.records)
  input    = "${var.name}/${each.key}"
}

output "fqdn" { value = "${var.name}.example" }
output "records" { value = values(terraform_data.z)[*].input }
output "deep" { value = module.rec[*].out }

output "where" { value = "${path.module}|${path.root}" }
