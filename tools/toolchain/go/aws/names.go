package main

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// tokenOf is the typed form of `aws:rds/instance:Instance`.
func tokenOf(token string) tokens.Type { return tokens.Type(token) }

// camel is upstream's `broker_name` as the SDK writes it.
func camel(name string) string {
	parts := strings.Split(name, "_")
	for index, part := range parts[1:] {
		parts[index+1] = strings.ToUpper(part[:1]) + part[1:]
	}
	return strings.Join(parts, "")
}
