variable "value" {}
output "out" { value = upper(var.value) }
