# METADATA
# title: Who can reach what
# description: |
#   Principals become others: they are members of groups (member_of) and assume roles (can_assume), which may assume further ones. What
#   any of these can read, write or administer (can_read, can_write, can_admin), the principal can. Whether that is all is said by open
#   relations; they matter to the stores of the same provider: what an account of a host can reach, nobody asks the cloud.
package lib.access

import data.lib.ev

becomes := object.get(data.evidence.out, "can_assume", {})

belongs := object.get(data.evidence.out, "member_of", {})

forward := {uid: array.concat(object.get(becomes, uid, []), object.get(belongs, uid, [])) |
	some uid in (object.keys(becomes) | object.keys(belongs))
}

assumed := object.get(data.evidence.into, "can_assume", {})

members := object.get(data.evidence.into, "member_of", {})

backward := {uid: array.concat(object.get(assumed, uid, []), object.get(members, uid, [])) |
	some uid in (object.keys(assumed) | object.keys(members))
}

# acts_as are the uids of the principal, its groups, and the roles that it can take on.
acts_as(uid) := {uid} | {next | some node in graph.reachable(forward, {uid}); some next in forward[node]}

# What a relation that is open may take away again proves nothing: hazy are those whose roles or groups are not certain, and unsure a
# permission that is not.
hazy(uid) if data.evidence.open.can_assume[uid]

hazy(uid) if data.evidence.open.member_of[uid]

unsure(uid, relation) if data.evidence.open[relation][uid]

certain_forward := {uid: targets | some uid, targets in forward; not hazy(uid)}

certain_backward := {uid: [source | some source in sources; not hazy(source)] | some uid, sources in backward}

# surely_acts_as and sure_actors are acts_as and actors, by what is certain.
surely_acts_as(uid) := {uid} | {next | some node in graph.reachable(certain_forward, {uid}); some next in certain_forward[node]}

sure_actors(uids) := uids | {next | some node in graph.reachable(certain_backward, uids); some next in certain_backward[node]}

# sure_holders are the principals and roles that certainly have the access themselves.
sure_holders(store, relation) := {uid | some uid in ev.sources(store, relation); not unsure(uid, relation)}

# actors are the uids of those who can be one of the given.
actors(uids) := uids | {next | some node in graph.reachable(backward, uids); some next in backward[node]}

levels := {"can_read": 1, "can_write": 2, "can_admin": 3}

# holders are the principals and roles that have the access themselves.
holders(store, relation) := {uid | some uid in ev.sources(store, relation)}

# readers are all who certainly reach one of the sensitive stores; phi_readers those who reach health information.
readers := sure_actors({uid |
	some store in ev.all_of("datastore")
	store.attrs["derived.sensitive"] == true
	some relation, _ in levels
	some uid in sure_holders(store, relation)
})

phi_readers := sure_actors({uid |
	some store in ev.all_of("datastore")
	store.attrs["derived.phi"] == true
	some relation, _ in levels
	some uid in sure_holders(store, relation)
})

# possible_readers are all who can reach a store of which it is not known that it is harmless.
possible_readers := actors({uid |
	some store in ev.all_of("datastore")
	not harmless(store)
	some relation, _ in levels
	some uid in ev.sources(store, relation)
})

harmless(store) if {
	store.attrs["derived.sensitive"] == false
	store.attrs["derived.phi"] == false
}

# settled holds where everything is known of who can reach the store, as far as its provider is concerned.
settled(store) if {
	count(doubtful & {provider(store.scope), ""}) == 0
}

# doubtful are the providers among whose principals some access is not known; "" stands for one that cannot be told.
doubtful := {provider(object.get(data.evidence.entities, [uid, "scope"], "")) |
	some relation in ["can_read", "can_write", "can_admin", "can_assume", "member_of"]
	some uid, _ in object.get(data.evidence.open, relation, {})
}

provider(where) := split(where, ":")[0]

# all_settled holds where everything is known of what the principal can reach.
all_settled(principal) if {
	every uid in acts_as(principal.uid) {
		every relation in ["can_read", "can_write", "can_admin", "can_assume", "member_of"] {
			not data.evidence.open[relation][uid]
		}
	}
}
