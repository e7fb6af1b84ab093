package aws

import "testing"

// TestNotedTypesAreMappedNowhere holds the services to one verdict about each resource type.
func TestNotedTypesAreMappedNowhere(t *testing.T) {
	t.Parallel()
	mapped, notes := make(map[string]string), make(map[string]string)
	for _, s := range Services() {
		for _, typ := range s.Types {
			name := typ.Name
			if typ.Data {
				name = "data." + name
			}
			if typ.Note == "" {
				mapped[name] = s.Name
				continue
			}
			if earlier := notes[name]; earlier != "" {
				t.Errorf("%s is noted by %s and %s", name, earlier, s.Name)
			}
			notes[name] = s.Name
		}
	}
	for name, s := range notes {
		if other := mapped[name]; other != "" {
			t.Errorf("%s is noted by %s although %s maps it", name, s, other)
		}
	}
}

// TestUnknownBodiesNeverPanic maps every type with an empty body and with every argument unknown.
func TestUnknownBodiesNeverPanic(t *testing.T) {
	t.Parallel()
	for _, s := range Services() {
		for _, typ := range s.Types {
			if typ.Map == nil || typ.Data {
				continue
			}
			for _, body := range []string{"", "count = var.x\n", unknownArguments} {
				scan(t, "variable \"x\" {}\nresource \""+typ.Name+"\" \"r\" {\n"+body+"}\n")
			}
		}
	}
}

const unknownArguments = `
  vpc_id = var.x
  subnet_id = var.x
  subnet_ids = var.x
  ingress = var.x
  egress = var.x
  rule = var.x
  listener = var.x
  load_balancer_arn = var.x
  security_group_id = var.x
  type = var.x
  protocol = var.x
  ip_protocol = var.x
  name = var.x
  content = var.x
  targets = var.x
  tags = var.x
  dynamic "vpc_config" {
    for_each = var.x
    content {}
  }
  dynamic "default_cache_behavior" {
    for_each = var.x
    content {}
  }
  dynamic "launch_template" {
    for_each = var.x
    content {}
  }
`
