variable "anytype" { type = any }
variable "notype" {}
variable "notype_default" { default = ["a"] }
variable "lst" { type = list(any) }
variable "mp" { type = map(any) }
variable "set_default" {
  type    = set(string)
  default = ["b", "a"]
}
variable "objopt" {
  type    = list(object({ a = optional(list(string), ["z"]), b = optional(any) }))
  default = [{}, { a = null, b = 1 }, { b = "x", a = [] }]
}
variable "tup" {
  type    = tuple([string, number])
  default = [1, "2"]
}
output "anytype" { value = var.anytype }
output "notype" { value = var.notype }
output "notype_default" { value = var.notype_default }
output "lst" { value = var.lst }
output "mp" { value = var.mp }
output "set_default" { value = var.set_default }
output "objopt" { value = var.objopt }
output "tup" { value = var.tup }
