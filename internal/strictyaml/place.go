package strictyaml

import "go.yaml.in/yaml/v3"

// Place finds where a key stands: the position of the last name of the path, such as "parameters", "log_retention_days". It is the zero
// [Pos] where the document has no such key or cannot be read. It is for faults that are found only after decoding.
func Place(data []byte, path ...string) Pos {
	node, err := parse("", data, Options{})
	if err != nil {
		return Pos{}
	}
	var at Pos
	for _, name := range path {
		key, value := entry(node, name)
		if key == nil {
			return Pos{}
		}
		at, node = Pos{Line: key.Line, Column: key.Column}, value
	}
	return at
}

// entry is the key and the value of a name in a mapping; nil where there is none.
func entry(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}
