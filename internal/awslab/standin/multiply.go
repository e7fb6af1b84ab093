package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// member is a resource of a fleet: a bucket, whose name has the account in it, or anything else.
var member = regexp.MustCompile(`fleet-(\d{12}-)?(\d{4})`)

// specimenOf is the request for the recorded resource that stands for the one that is asked for, and the number of the latter; -1 where the
// request names none.
func (s *Server) specimenOf(request string) (string, int) {
	found := member.FindStringSubmatchIndex(request)
	if found == nil {
		return request, -1
	}
	from, to := found[4], found[5]
	number, err := strconv.Atoi(request[from:to])
	if err != nil {
		return request, -1
	}
	return request[:from] + fmt.Sprintf("%04d", number%len(s.options.Size.Regions)) + request[to:], number
}

// rename makes an answer about a specimen one about the resource that it stands for.
func (s *Server) rename(body []byte, number int) []byte {
	specimen := number % len(s.options.Size.Regions)
	if number == specimen {
		return body
	}
	return member.ReplaceAllFunc(body, func(name []byte) []byte {
		end := len(name) - len("0000")
		if string(name[end:]) != fmt.Sprintf("%04d", specimen) {
			return name
		}
		return fmt.Appendf(bytes.Clone(name[:end]), "%04d", number)
	})
}

// list is where an answer lists resources of the fleet.
type list struct {
	open, item string            // the XML elements of the list and of an item
	count      func(Options) int // how many there are in the account
	ids        *regexp.Regexp    // what else must be different for each, in its last 8 characters
}

var lists = map[string]list{
	"s3:ListBuckets":                         {open: "Buckets", item: "Bucket", count: func(o Options) int { return o.Size.Buckets }},
	"iam:GetAccountAuthorizationDetails":     {open: "RoleDetailList", item: "member", count: func(o Options) int { return o.Size.Roles }, ids: regexp.MustCompile(`AROA[A-Z0-9]+`)},
	"iam:ListRoles":                          {open: "Roles", item: "member", count: func(o Options) int { return o.Size.Roles }, ids: regexp.MustCompile(`AROA[A-Z0-9]+`)},
	"rds:DescribeDBInstances":                {open: "DBInstances", item: "DBInstance", count: databases, ids: regexp.MustCompile(`db-[A-Z0-9]{26}`)},
	"rds:DescribeDBSnapshots":                {open: "DBSnapshots", item: "DBSnapshot", count: databases, ids: regexp.MustCompile(`db-[A-Z0-9]{26}`)},
	"rds:DescribeDBInstanceAutomatedBackups": {open: "DBInstanceAutomatedBackups", item: "DBInstanceAutomatedBackup", count: databases, ids: regexp.MustCompile(`db-[A-Z0-9]{26}`)},
	"ec2:DescribeVolumes":                    {open: "volumeSet", item: "item", count: func(o Options) int { return o.Size.Volumes }, ids: regexp.MustCompile(`vol-[0-9a-f]{17}`)},
}

func databases(o Options) int { return o.Size.Databases }

// multiply repeats the recorded items of a list. Resource number n lies in region n modulo the number of regions, as its specimen does; what
// has no number in its name is counted within its region.
func (s *Server) multiply(operation, request string, region int, body []byte) []byte {
	if operation == "tag:GetResources" {
		return s.multiplyTagged(region, body)
	}
	l, ok := lists[operation]
	if !ok {
		return body
	}
	open, end := bytes.Index(body, []byte("<"+l.open+">")), bytes.LastIndex(body, []byte("</"+l.open+">"))
	if open < 0 || end < 0 {
		return body
	}
	withRegion := operation == "s3:ListBuckets" && strings.Contains(request, "max-buckets=") // AWS says it to who asks for pages
	open += len(l.open) + len("<>")
	out := bytes.NewBuffer(bytes.Clone(body[:open]))
	for _, item := range items(body[open:end], l.item) {
		specimen := region
		if found := member.FindSubmatch(item); found != nil {
			specimen, _ = strconv.Atoi(string(found[2])) // four digits
		}
		if specimen < 0 || specimen >= len(s.options.Size.Regions) {
			continue // of a region that has been recorded and is not asked for
		}
		for n := specimen; n < l.count(s.options); n += len(s.options.Size.Regions) {
			one := s.rename(item, n)
			if l.ids != nil {
				one = l.ids.ReplaceAllFunc(one, func(id []byte) []byte {
					return fmt.Appendf(bytes.Clone(id[:len(id)-len("00000000")]), "%08d", n)
				})
			}
			if withRegion {
				one = bytes.Replace(one, []byte("</Name>"), []byte("</Name><BucketRegion>"+s.options.Size.Regions[specimen]+"</BucketRegion>"), 1)
			}
			out.Write(one)
		}
	}
	out.Write(body[end:])
	return out.Bytes()
}

// items are the elements of a name in XML, which may contain others of the same name.
func items(body []byte, name string) [][]byte {
	open, end := "<"+name+">", "</"+name+">"
	var out [][]byte
	for depth, begin, i := 0, 0, 0; i < len(body); i++ {
		switch rest := string(body[i:min(len(body), i+len(end))]); {
		case strings.HasPrefix(rest, open):
			if depth == 0 {
				begin = i
			}
			depth++
		case rest == end:
			if depth--; depth == 0 {
				out = append(out, body[begin:i+len(end)])
			}
		}
	}
	return out
}

// multiplyTagged repeats the tagged resources of a region. Moto lists the buckets of all regions in each; AWS does not.
func (s *Server) multiplyTagged(region int, body []byte) []byte {
	var said struct {
		ResourceTagMappingList []json.RawMessage
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return body
	}
	var all []json.RawMessage
	for _, one := range said.ResourceTagMappingList {
		found := member.FindSubmatch(one)
		if found == nil {
			all = append(all, one)
			continue
		}
		count := s.options.Size.Databases
		if len(found[1]) > 0 {
			count = s.options.Size.Buckets
		}
		if specimen, _ := strconv.Atoi(string(found[2])); specimen == region {
			for n := specimen; n < count; n += len(s.options.Size.Regions) {
				all = append(all, s.rename(one, n))
			}
		}
	}
	said.ResourceTagMappingList = all
	out, err := json.Marshal(said)
	if err != nil {
		return body
	}
	return out
}
