package derive

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
)

// roster finds who a word names: people, teams and vendors by key or name, people by e-mail address too.
type roster struct {
	words map[string][]*evidence.Entity // lower case
	local map[string][]*evidence.Entity // the part of e-mail addresses before the "@"
	login map[string][]*evidence.Entity // logins and account numbers that the vendor register lists
}

func newRoster(entities []*evidence.Entity) roster {
	r := roster{words: map[string][]*evidence.Entity{}, local: map[string][]*evidence.Entity{}, login: map[string][]*evidence.Entity{}}
	put := func(m map[string][]*evidence.Entity, word string, e *evidence.Entity) {
		word = strings.ToLower(strings.TrimSpace(word))
		if word != "" && !slices.Contains(m[word], e) {
			m[word] = append(m[word], e)
		}
	}
	for _, e := range entities {
		if !slices.Contains([]string{"person", "team", "vendor"}, e.Kind) {
			continue
		}
		for _, w := range []string{e.UID, e.ID, e.Name} {
			put(r.words, w, e)
		}
		if mail := text(e, "email"); e.Kind == "person" && mail != "" {
			put(r.words, mail, e)
			before, _, _ := strings.Cut(mail, "@")
			put(r.local, before, e)
		}
		if list, ok := e.Attrs["principals"].([]any); ok && e.Kind == "vendor" {
			for _, w := range list {
				s, _ := w.(string)
				put(r.login, s, e)
			}
		}
	}
	return r
}

// only returns the one entity that a word names; of several people the one who is still here, such as after coming back. It is nil
// where the word names nobody, or cannot be told.
func only(found []*evidence.Entity) *evidence.Entity {
	if len(found) == 1 {
		return found[0]
	}
	var here []*evidence.Entity
	for _, e := range found {
		if s := text(e, "status"); e.Kind != "person" || s == "active" || s == "leave" {
			here = append(here, e)
		}
	}
	if len(here) == 1 {
		return here[0]
	}
	return nil
}

// owners links principals to the people, teams and vendors that they belong to, by the first rule that fits: what a label, a map or
// the vendor register declares; the e-mail address; for people's logins, the name.
func (l *linker) owners(who roster) {
	if len(who.words) == 0 {
		return
	}
	declared := l.declared(who)
	for _, e := range l.snap.Entities {
		if e.Kind != "principal" || declared[e.UID] {
			continue
		}
		if v := l.vendorOf(e, who); v != nil {
			l.add("owned_by", e.UID, v.UID, "vendor register")
			continue
		}
		if p := only(who.words[strings.ToLower(text(e, "email"))]); p != nil {
			l.add("owned_by", e.UID, p.UID, "email")
			continue
		}
		if p := byName(e, who); p != nil {
			l.add("owned_by", e.UID, p.UID, "name")
		}
	}
}

// declared resolves the owners that are stated, and tells which principals have one. A team that is named for a person's login does not
// say whose it is.
func (l *linker) declared(who roster) map[string]bool {
	out := map[string]bool{}
	for i := range l.snap.Relations {
		r := &l.snap.Relations[i]
		if r.Type != "owned_by" || r.To == "" {
			continue
		}
		if l.byUID[r.To] == nil {
			p := only(who.words[strings.ToLower(strings.TrimSpace(r.To))])
			if p == nil {
				continue
			}
			r.To = p.UID
		}
		if from := l.byUID[r.From]; from != nil && (text(from, "type") != "human" || l.byUID[r.To].Kind != "team") {
			out[r.From] = true
		}
	}
	return out
}

func (l *linker) vendorOf(e *evidence.Entity, who roster) *evidence.Entity {
	for _, w := range l.identifiers(e) {
		if v := only(who.login[strings.ToLower(w)]); v != nil {
			return v
		}
	}
	return nil
}

// byName links the login of a person whose name is the key, name or address of one person of the roster, or what comes before the
// "@" of exactly one address.
func byName(e *evidence.Entity, who roster) *evidence.Entity {
	if text(e, "type") != "human" {
		return nil
	}
	login := strings.ToLower(e.Name)
	if s := text(e, "name"); s != "" {
		login = strings.ToLower(s)
	}
	if p := only(who.words[login]); p != nil && p.Kind == "person" {
		return p
	}
	return only(who.local[login])
}
