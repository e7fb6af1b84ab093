# METADATA
# title: What a store's labels say of its data
# description: |
#   A store without a label counts as sensitive (derived.sensitive). A message says which of the two it is: that a label says so, or
#   that none says otherwise.
package lib.label

# sensitive is how a message speaks of a store or host whose derived.sensitive is true.
sensitive(e) := "holds sensitive data" if {
	labelled(e)
} else := "has no data label, so counts as sensitive,"

labelled(e) if e.attrs["data.classification"] in {"confidential", "restricted"}

labelled(e) if {
	some category in e.attrs["data.categories"]
	category in {"phi", "personal", "special_category"}
}
