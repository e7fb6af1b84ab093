variable "plain" { default = "plain" }

variable "typed" {
  type = object({
    name  = string
    size  = optional(number, 3)
    tags  = optional(map(string), {})
    inner = optional(object({ a = optional(string, "A"), b = optional(bool) }), {})
  })
  default = { name = "n", size = "7", extra = "dropped" }
}

variable "from_tfvars" { type = list(string) }

variable "from_auto" {
  type    = map(number)
  default = {}
}

variable "from_json" { type = any }

variable "from_cli" {
  type    = set(string)
  default = []
}

variable "from_env" {
  type    = number
  default = 1
}

variable "not_nullable" {
  type     = string
  default  = "fallback"
  nullable = false
}

variable "nullable" {
  type    = string
  default = "fallback"
}

variable "number_as_text" {
  type    = string
  default = 42
}

variable "text_as_bool" {
  type    = bool
  default = "true"
}

variable "secret" {
  type      = string
  default   = "hunter2"
  sensitive = true
}

variable "items" {
  type = list(object({
    name = string
    port = optional(number, 443)
  }))
  default = [{ name = "a" }, { name = "b", port = 80 }]
}
