// The postgresql resource plugin: the last upstream published as a Go module, behind the bridge that the official
// plugin uses too, under today's tokens.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/terraform-providers/terraform-provider-postgresql/postgresql"

	"pulumi-data-services.invalid/toolchain/terraform/plugin"
)

// Set by the linker.
var version = "0.0.0"

func main() {
	upstream := plugin.Upstream(postgresql.Provider())
	dropNestedConflicts(upstream.ResourcesMap["postgresql_schema"])
	plugin.Main("postgresql", version, upstream, map[string]*tfbridge.ResourceInfo{
		"postgresql_database":           plugin.Resource("postgresql", "Database"),
		"postgresql_default_privileges": plugin.Resource("postgresql", "DefaultPrivileges"),
		"postgresql_extension":          plugin.Resource("postgresql", "Extension"),
		"postgresql_grant":              plugin.Resource("postgresql", "Grant"),
		"postgresql_role":               plugin.Resource("postgresql", "Role"),
		"postgresql_schema":             plugin.Resource("postgresql", "Schema"),
	})
}

// Conflicts between the keys of a set's elements can't be expressed: older SDKs ignored them, newer ones refuse them.
func dropNestedConflicts(resource *schema.Resource) {
	for _, field := range resource.Schema {
		if elements, ok := field.Elem.(*schema.Resource); ok {
			for _, key := range elements.Schema {
				key.ConflictsWith = nil
			}
		}
	}
}
