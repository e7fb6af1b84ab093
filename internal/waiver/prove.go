package waiver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/assay-audit/assay/internal/git"
)

// Prover finds out what proves an approval.
type Prover struct {
	// Signers are the keys that may sign; nil where assay.yaml names no allowed signers.
	Signers Signers
	// At is the time at which a key must be valid.
	At time.Time
	// Environ is the environment for git, as os.Environ gives it.
	Environ []string
}

// File proves the approvals of the waivers of a file: by the approver's signature, else by the commit that wrote the entry. Where
// there is neither, the approval is a statement, and its Ref says why it is no more.
func (p Prover) File(ctx context.Context, path string, ws []Waiver) error {
	blame, blameErr := p.blame(ctx, path)
	for i := range ws {
		w := &ws[i]
		w.Approval = p.recorded(w, blame, blameErr)
		switch {
		case w.Signature == "":
		case p.Signers == nil:
			w.Approval.Ref = "signed, but assay.yaml names no allowed signers; " + w.Approval.Ref
		default:
			fingerprint, err := p.Signers.verify(w.Approver, w.Payload(), []byte(w.Signature), p.At)
			if err != nil {
				w.Approval.Broken = "the signature does not hold: " + err.Error()
				continue
			}
			w.Approval = Approval{By: BySignature, Ref: "signed with the key " + fingerprint}
		}
	}
	return ctx.Err()
}

func (p Prover) blame(ctx context.Context, path string) (*git.Blame, error) {
	repo, err := git.Open(ctx, filepath.Dir(path), p.Environ)
	if err != nil {
		return nil, err
	}
	return repo.Blame(ctx, path)
}

// recorded says which commit the entry stands in.
func (p Prover) recorded(w *Waiver, blame *git.Blame, blameErr error) Approval {
	if errors.Is(blameErr, git.ErrNoRepository) {
		return Approval{By: ByStatement, Ref: "the file is in no git repository"}
	}
	if blameErr != nil {
		return Approval{By: ByStatement, Ref: "the file is not committed"}
	}
	c, err := blame.LastChange(w.Pos.Line, w.EndLine)
	switch {
	case err != nil:
		return Approval{By: ByStatement, Ref: "the entry is not committed as it stands"}
	case c.Boundary:
		return Approval{By: ByStatement, Ref: fmt.Sprintf("the history is cut off at commit %.12s: fetch the whole history (fetch-depth: 0)", c.ID)}
	}
	ref := fmt.Sprintf("commit %.12s of %s by %s <%s>", c.ID, c.At.Format(time.DateOnly), c.Author, c.AuthorEmail)
	if how, ok := c.Names(w.Approver); ok {
		return Approval{By: ByCommit, Ref: ref + ", " + how}
	}
	if w.Approver != "" {
		ref += ", which does not name the approver"
	}
	return Approval{By: ByCommit, Ref: ref}
}
