terraform {
  required_version = ">= 1.5"
}

locals {
  forward  = local.backward
  backward = "value"
  numbers  = [1, 2, 3]
  people = {
    ann = { age = 40, roles = ["admin", "dev"] }
    bob = { age = 20, roles = [] }
  }
  heredoc = <<-EOT
    first ${local.backward}
      second
    %{for n in local.numbers~}
    n=${n}
    %{endfor~}
    %{if length(local.numbers) > 2}many%{else}few%{endif}
  EOT
  escaped = "$${literal} %%{literal} \"q\" \u00e9 \n"
}

resource "terraform_data" "one" {
  input = "in-${var.plain}"
}

resource "terraform_data" "counted" {
  count = 3
  input = { index = count.index, double = count.index * 2 }
}

resource "terraform_data" "keyed" {
  for_each = { for k, v in local.people : k => v if v.age > 30 || k == "bob" }
  input    = "${each.key}:${each.value.age}"
}

resource "terraform_data" "set" {
  for_each = toset(["b", "a", "b"])
  input    = each.value
}

resource "terraform_data" "none" {
  count = 0
  input = "nothing"
}

module "zone" {
  source   = "./modules/zone"
  for_each = { eu = ["e1", "e2"], us = [] }
  name     = each.key
  records  = each.value
}

module "counted" {
  source  = "./modules/zone"
  count   = 2
  name    = "c${count.index}"
  records = []
}

module "single" {
  source = "./modules/zone"
  name   = terraform_data.one.input
}

output "forward" { value = local.forward }
output "heredoc" { value = local.heredoc }
output "escaped" { value = local.escaped }
output "typed" { value = var.typed }
output "from_tfvars" { value = var.from_tfvars }
output "from_auto" { value = var.from_auto }
output "from_json" { value = var.from_json }
output "from_cli" { value = var.from_cli }
output "from_env" { value = var.from_env }
output "not_nullable" { value = var.not_nullable }
output "is_null" { value = var.nullable == null }
output "number_as_text" { value = var.number_as_text }
output "text_as_bool" { value = var.text_as_bool }
output "items" { value = [for i in var.items : "${i.name}:${i.port}"] }
output "secret_length" { value = nonsensitive(length(var.secret)) }

output "conditional_unifies" { value = true ? 1 : "a" }
output "conditional_list" { value = false ? ["a"] : [] }
output "conditional_object" { value = true ? { a = 1 } : { a = "x" } }
output "conditional_null" { value = false ? "x" : null }
output "arithmetic" { value = [1 + 2 * 3, 7 % 3, 7 / 2, -5, 1e3, 0.1 + 0.2, 10 / 4 * 2] }
output "comparison" { value = [1 < 2, 2 <= 2, "a" == "a", 1 == "1", [1] == [1], null == null, !true, true && false, true || false] }
output "short_circuit" { value = [for p in [null, { a = 1 }] : p != null && try(p.a, 0) == 1] }
output "for_object" { value = { for k, v in local.people : upper(k) => v.age } }
output "for_group" { value = { for k, v in local.people : (v.age > 30 ? "old" : "young") => k... } }
output "for_index" { value = [for i, n in local.numbers : i * n] }
output "for_map_key" { value = [for k, v in { b = 1, a = 2 } : "${k}${v}"] }
output "for_set" { value = [for v in toset(["z", "a"]) : v] }
output "splat" { value = [for k in ["ann", "bob"] : local.people[k]][*].age }
output "splat_null" { value = null[*] }
output "splat_single" { value = { a = 1 }[*].a }
output "legacy_splat" { value = terraform_data.counted.*.input.double }
output "legacy_index" { value = terraform_data.counted.1.input.double }
output "index" { value = [local.numbers[1], local.people["ann"].roles[0], local.people.bob.age] }
output "try" { value = [try(local.people.carl.age, "none"), try(local.numbers[9], local.numbers[0]), can(local.people.carl), can(local.numbers[0])] }
output "expand" { value = max(local.numbers...) }
output "namespaced" { value = core::upper("x") }
output "keys" { value = [for k, v in { (local.backward) = 1, "q uoted" = 2, bare = 3 } : k] }
output "object_colon" { value = { "a" : 1, b : 2 } }
output "template_strip" { value = "a ${~"b"~} c" }
output "template_wrap" { value = local.numbers }
output "template_number" { value = "n=${1.50} b=${true}" }

output "one_input" { value = terraform_data.one.input }
output "keyed_inputs" { value = { for k, v in terraform_data.keyed : k => v.input } }
output "counted_inputs" { value = terraform_data.counted[*].input }
output "counted_length" { value = length(terraform_data.counted) }
output "keyed_keys" { value = keys(terraform_data.keyed) }
output "keyed_index" { value = terraform_data.keyed["ann"].input }
output "none_splat" { value = terraform_data.none[*].input }
output "none_try" { value = try(terraform_data.none[0].input, "absent") }
output "none_one" { value = one(terraform_data.none[*].input) }
output "set_inputs" { value = [for s in terraform_data.set : s.input] }

output "module_for_each" { value = { for k, m in module.zone : k => m.fqdn } }
output "module_index" { value = module.zone["eu"].records }
output "module_count" { value = module.counted[*].fqdn }
output "module_single" { value = module.single.fqdn }
output "module_whole" { value = keys(module.single) }
output "module_deep" { value = module.zone["eu"].deep }
output "workspace" { value = terraform.workspace }
output "path_root" { value = path.root }
output "file" { value = file("${path.module}/tpl/plain.txt") }
output "templatefile" { value = templatefile("${path.module}/tpl/list.tftpl", { names = ["a", "b"], port = 80 }) }
output "templatestring" { value = templatestring(local.template, { who = "you" }) }
locals {
  template = "hello $${who}"
}
output "fileset" { value = fileset(path.module, "tpl/*") }
output "jsonencode" { value = jsonencode({ b = [1, "x", null, true], a = local.people.ann }) }
output "jsondecode" { value = jsondecode("{\"a\": [1, {\"b\": null}]}") }
output "yaml" { value = yamldecode("a: [1, 2]\nb: {c: d}") }
output "cidr" { value = [for i in range(2) : cidrsubnet("10.0.0.0/16", 8, i)] }
output "format" { value = [format("%s-%03d", "a", 7), join(",", ["a", "b"]), formatlist("%s!", ["x", "y"])] }
output "flatten" { value = flatten([for k, p in local.people : [for r in p.roles : { k = k, r = r }]]) }
output "merge" { value = merge({ a = 1, b = 2 }, { b = 3 }, null) }
output "lookup" { value = [lookup({ a = 1 }, "a", 0), lookup({ a = 1 }, "z", 9)] }
output "coalesce" { value = [coalesce("", "x"), coalesce(null, "y")] }
output "setproduct" { value = setproduct(["a", "b"], [1, 2]) }
output "override" { value = local.overridden }
locals {
  overridden = "base"
}
output "json_output" { value = local.from_json_file }
output "nested_for" { value = { for a in ["x", "y"] : a => [for b in [1, 2] : "${a}${b}"] } }
output "chain" { value = [for s in split(",", "a,b") : replace(s, "/a|b/", "z")] }
