# The module in which terraform console evaluates the expressions of ../console.json.
locals {
  greeting  = "hi $${name}"
  number    = "$${n}"
  secret    = sensitive("hi $${name}")
  readsfile = "$${file(\"a.tpl\")}"
  nested    = "$${templatefile(\"a.tpl\", {name = 1})}"
  core      = "$${core::templatefile(\"a.tpl\", {name = 1})}"
  missing   = "$${nobody}"
  broken    = "$${"
  loop      = "%%{ for x in l }$${upper(x)};%%{ endfor }"
  wrapped   = { a = "x $${b}" }
}
