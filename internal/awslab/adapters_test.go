package awslab

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRawClients(t *testing.T) {
	tests := map[string]struct {
		body string
		want []string
	}{
		"adapter":          {`var p = ec2.NewDescribeVolumesPaginator(describeVolumes(c.DescribeVolumes), nil)`, nil},
		"raw client":       {`var p = ec2.NewDescribeVolumesPaginator(c, nil)`, []string{"NewDescribeVolumesPaginator"}},
		"new client":       {`var p = ec2.NewDescribeVolumesPaginator(ec2.NewFromConfig(cfg), nil)`, []string{"NewDescribeVolumesPaginator"}},
		"waiter":           {`var p = ec2.NewInstanceRunningWaiter(c)`, []string{"NewInstanceRunningWaiter"}},
		"field":            {`type s struct{ c *ec2.Client }`, []string{"a struct holds a client"}},
		"fields":           {`type s struct{ c map[string]*ec2.Client }`, []string{"a struct holds a client"}},
		"field of another": {`type s struct{ c *http.Client }`, nil},
		"function":         {`func f(c *ec2.Client) { use(c.DescribeVolumes) }`, nil},
		"interface":        {`var c any = ec2.NewFromConfig(cfg)`, []string{"another type"}},
		"plain":            {`var c = ec2.NewFromConfig(cfg)`, nil},
		"another's":        {`var p = page.NewPaginator(c)`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			source := "package p\nimport \"github.com/aws/aws-sdk-go-v2/service/ec2\"\n" + test.body
			file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, p := range rawClients(file) {
				got = append(got, p.text)
				if i < len(test.want) && strings.Contains(p.text, test.want[i]) {
					got[i] = test.want[i]
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
