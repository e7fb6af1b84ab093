locals {
  complex = {
    list_of_objects = [for i in range(3) : { id = i, even = i % 2 == 0 }]
    strange_key     = { "a.b/c" = 1, "ünï" = 2 }
  }
  nulls  = [null, "a", null]
  sparse = { a = null, b = 1 }
}

output "complex" { value = local.complex }
output "filter" { value = [for o in local.complex.list_of_objects : o.id if o.even] }
output "compact" { value = compact(["a", "", null, "b"]) }
output "null_in_list" { value = [for n in local.nulls : n == null ? "none" : n] }
output "sparse" { value = { for k, v in local.sparse : k => v if v != null } }
output "ternary_chain" { value = [for i in range(4) : i == 0 ? "zero" : i == 1 ? "one" : "many"] }
output "string_escape" { value = "tab\tquote\" backslash\\ dollar$ percent% $$ %% $${x} %%{y}" }
output "heredoc_plain" {
  value = <<EOT
keeps ${"indent"}
  and "quotes" \n
EOT
}
output "heredoc_json" {
  value = jsondecode(<<-JSON
    {"Statement": [{"Effect": "Allow", "Resource": "${local.complex.strange_key["a.b/c"]}"}]}
  JSON
  )
}
output "splat_nested" { value = [{ a = [{ b = 1 }, { b = 2 }] }, { a = [] }][*].a[*].b }
output "splat_index" { value = [[1, 2], [3, 4]][*][0] }
output "for_over_object" { value = [for k, v in local.complex.strange_key : k] }
output "object_merge_for" { value = merge([for i in range(2) : { "k${i}" = i }]...) }
output "number_formats" { value = [1.0, 1e2, 0.5, 100000000000000000000, -0] }
output "bool_string" { value = ["${true}", tostring(false), tobool("true"), tonumber("1.5")] }
output "set_ops" { value = [setunion(["a"], ["b"]), setintersection(["a", "b"], ["b"]), setsubtract(["a", "b"], ["b"])] }
output "tomap" { value = tomap({ a = 1, b = "x" }) }
output "tolist_mixed" { value = tolist([1, "x", true]) }
output "regex" { value = [regex("(\\d+)-([a-z])", "12-a"), regexall("[a-z]", "a1b")] }
output "equality" { value = [{ a = 1 } == { a = 1 }, [1, 2] == [1, 2], tolist([1]) == [1], "1" == 1, null == ""] }
output "try_nested" { value = [for p in [{ a = { b = 1 } }, { a = {} }, {}] : try(p.a.b, p.a, "none")] }
output "element_wrap" { value = [element(["a", "b", "c"], 4), slice(["a", "b", "c"], 1, 3), reverse([1, 2])] }
output "zip" { value = zipmap(["a", "b"], [1, 2]) }
output "index_expr" { value = local.complex.list_of_objects[length(local.nulls) - 1].id }
output "path_module_child" { value = module.single.where }
output "unknown_is_absent" { value = terraform_data.one.id }
output "unknown_inside" { value = { known = 1, unknown = terraform_data.one.output } }
output "unknown_length" { value = length([terraform_data.one.id, "x"]) }
