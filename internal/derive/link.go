package derive

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// link joins what records say with what was observed. A collector writes references as it found them: an inventory number, a host
// name, an e-mail address. After merging, everything that they could mean is there, so they are resolved here, once: lists of
// references become relations, and the ends of relations that name no entity become its uid. What fits nothing stays as it was found,
// and no entity answers to it; what fits several makes the relation open.
func link(s *evidence.Snapshot) {
	l := newLinker(s)
	l.ends()
	who := newRoster(s.Entities)
	for _, e := range s.Entities {
		switch e.Kind {
		case "asset":
			l.references(e, "represents", "represents", l.technical)
		case "business_process":
			l.references(e, "depends_on", "depends_on", recorded, l.technical)
		case "exercise", "recovery_procedure":
			l.references(e, "covers", "covers", recorded, l.technical)
		case "incident":
			l.references(e, "finding_refs", "raised_from", isFinding)
			l.rewriteList(e.Attrs["restore_order"], recorded, l.technical)
		case "access_review":
			l.rewriteField(e.Attrs["principals"], "uid", isPrincipal)
		case "access_grant":
			if p := only(who.words[strings.ToLower(text(e, "person"))]); p != nil && p.Kind == "person" {
				l.add("granted_to", e.UID, p.UID, "")
			}
		case "contract":
			if v := only(who.words[strings.ToLower(text(e, "vendor"))]); v != nil && v.Kind == "vendor" {
				l.add("governed_by", v.UID, e.UID, "")
			}
		case "volume":
			if host := text(e, "attached_host"); host != "" {
				l.add("volume_of", e.UID, host, "")
			}
		case "attestation":
			if to := l.resolve(e.Attrs["subject"], recorded, l.technical); len(to) == 1 {
				e.Attrs["subject"] = to[0]
			}
		}
	}
	l.owners(who)
}

// choice is a group of entities among which a reference is looked for.
type choice func(*evidence.Entity) bool

// technical are the entities that are the thing itself: stores, hosts, accounts, networks.
func (l *linker) technical(e *evidence.Entity) bool { return !l.registers[e.Kind] }

// recorded are the entities that records describe and others refer to.
func recorded(e *evidence.Entity) bool {
	return slices.Contains([]string{"asset", "business_process", "document", "vendor"}, e.Kind)
}

func isFinding(e *evidence.Entity) bool   { return e.Kind == "finding" }
func isPrincipal(e *evidence.Entity) bool { return e.Kind == "principal" }

type linker struct {
	snap      *evidence.Snapshot
	byUID     map[string]*evidence.Entity
	have      map[[3]string]bool            // type, from and to of the relations there are
	registers map[string]bool               // kinds that only records have
	words     map[string][]*evidence.Entity // lower-case identifier -> what it may mean; nil until it is needed
}

func newLinker(s *evidence.Snapshot) *linker {
	l := &linker{
		snap: s, byUID: make(map[string]*evidence.Entity, len(s.Entities)), have: make(map[[3]string]bool, len(s.Relations)),
		registers: map[string]bool{"organization": true},
	}
	for _, e := range s.Entities {
		l.byUID[e.UID] = e
	}
	for _, r := range s.Relations {
		l.have[[3]string{r.Type, r.From, r.To}] = true
	}
	for _, k := range kind.All() {
		if slices.Contains([]string{"people", "incident", "continuity", "assurance"}, k.Group) {
			l.registers[k.Name] = true
		}
	}
	return l
}

// named are the entities that a word may mean. The index is built for the first record that refers to something: most snapshots of
// code have none.
func (l *linker) named(word string) []*evidence.Entity {
	if l.words == nil {
		l.words = make(map[string][]*evidence.Entity, len(l.snap.Entities))
		for _, e := range l.snap.Entities {
			for _, w := range l.identifiers(e) {
				w = strings.ToLower(w)
				if w != "" && !slices.Contains(l.words[w], e) {
					l.words[w] = append(l.words[w], e)
				}
			}
		}
	}
	return l.words[strings.ToLower(strings.TrimSpace(word))]
}

// identifiers are the words by which records may name an entity.
func (l *linker) identifiers(e *evidence.Entity) []string {
	words := append([]string{e.UID, e.ID}, e.Aliases...)
	switch e.Kind {
	case "host":
		words = append(words, e.Name, text(e, "hostname"))
	case "asset":
		words = append(words, text(e, "tag"))
	case "business_process", "document", "vendor":
		words = append(words, e.Name)
	case "principal":
		words = append(words, e.Name, text(e, "name"))
		words = append(words, l.hostAccounts(e)...)
	}
	return words
}

// hostAccounts are the names of an account of a host by the host's other names: its uid is <host uid>:<account>.
func (l *linker) hostAccounts(e *evidence.Entity) []string {
	at := strings.LastIndex(e.UID, ":")
	if at < 0 {
		return nil
	}
	host := l.byUID[e.UID[:at]]
	if host == nil || host.Kind != "host" {
		return nil
	}
	var out []string
	for _, w := range l.identifiers(host) {
		if w != "" {
			out = append(out, w+e.UID[at:])
		}
	}
	return out
}

func text(e *evidence.Entity, path string) string {
	s, _ := e.Attrs[path].(string)
	return s
}

// resolve returns the uids that a reference may mean: those of the first choice that has any.
func (l *linker) resolve(reference any, choices ...choice) []string {
	word, ok := reference.(string)
	if !ok {
		return nil
	}
	for _, wanted := range choices {
		if e := l.byUID[word]; e != nil && wanted(e) {
			return []string{word}
		}
		var out []string
		for _, e := range l.named(word) {
			if wanted(e) {
				out = append(out, e.UID)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// ends lets relations of records lead to entities where their end names one in other words.
func (l *linker) ends() {
	for i := range l.snap.Relations {
		r := &l.snap.Relations[i]
		if r.To == "" || l.byUID[r.To] != nil {
			continue
		}
		switch r.Type {
		case "represents", "protects", "affected", "restore_after":
			l.end(r, l.technical, recorded)
		case "depends_on", "covers":
			l.end(r, recorded, l.technical)
		case "raised_from":
			l.end(r, isFinding)
		}
	}
}

func (l *linker) end(r *evidence.Relation, choices ...choice) {
	if to := l.resolve(r.To, choices...); len(to) == 1 {
		r.To = to[0]
		l.have[[3]string{r.Type, r.From, r.To}] = true
	}
}

// references makes a relation of each element of a list.
func (l *linker) references(e *evidence.Entity, path, relation string, choices ...choice) {
	list, _ := e.Attrs[path].([]any)
	for _, word := range list {
		switch to := l.resolve(word, choices...); len(to) {
		case 0:
			if s, ok := word.(string); ok {
				l.add(relation, e.UID, s, "")
			}
		case 1:
			l.add(relation, e.UID, to[0], "")
		default:
			l.addOpen(relation, e.UID, to)
		}
	}
}

func (l *linker) add(relation, from, to, rule string) {
	var attrs map[string]string
	if rule != "" {
		attrs = map[string]string{"rule": rule}
	}
	l.put(evidence.Relation{Type: relation, From: from, To: to, Complete: true, Attrs: attrs})
}

// addOpen says that a reference could mean several entities.
func (l *linker) addOpen(relation, from string, candidates []string) {
	l.put(evidence.Relation{Type: relation, From: from, Attrs: map[string]string{"ambiguous": strings.Join(candidates, " ")}})
}

func (l *linker) put(r evidence.Relation) {
	key := [3]string{r.Type, r.From, r.To}
	if !l.have[key] {
		l.have[key] = true
		l.snap.Relations = append(l.snap.Relations, r)
	}
}

// rewriteList replaces the references in a list by uids.
func (l *linker) rewriteList(list any, choices ...choice) {
	elements, _ := list.([]any)
	for i, word := range elements {
		if to := l.resolve(word, choices...); len(to) == 1 {
			elements[i] = to[0]
		}
	}
}

// rewriteField replaces a reference in each element of a list by its uid.
func (l *linker) rewriteField(list any, field string, choices ...choice) {
	elements, _ := list.([]any)
	for _, el := range elements {
		m, ok := el.(map[string]any)
		if !ok {
			continue
		}
		if to := l.resolve(m[field], choices...); len(to) == 1 {
			m[field] = to[0]
		}
	}
}
