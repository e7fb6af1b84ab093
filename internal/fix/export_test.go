package fix

// Row is a row of the table, as the tests see it.
type Row struct{ Check, Type, Edits string }

// Rows lists the table. Edits is a text that the description of each of its edits holds.
func Rows() []Row {
	var out []Row
	for _, r := range remedies() {
		row := Row{Check: r.check, Type: r.typ, Edits: " in " + r.typ + "."}
		if r.part != nil {
			row.Edits = `"` + r.part.typ + `"`
		}
		out = append(out, row)
	}
	return out
}
