// The random resource plugin: the last upstream published as a Go module, behind the bridge that the official plugin
// uses too, under today's tokens.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/terraform-providers/terraform-provider-random/random"

	"pulumi-data-services.invalid/toolchain/terraform/plugin"
)

// Set by the linker.
var version = "0.0.0"

func main() {
	plugin.Main("random", version, plugin.Upstream(random.Provider()), map[string]*tfbridge.ResourceInfo{
		"random_id":       plugin.Resource("random", "RandomId"),
		"random_integer":  plugin.Resource("random", "RandomInteger"),
		"random_password": plugin.Resource("random", "RandomPassword"),
		"random_pet":      plugin.Resource("random", "RandomPet"),
		"random_shuffle":  plugin.Resource("random", "RandomShuffle"),
		"random_string":   plugin.Resource("random", "RandomString"),
		"random_uuid":     plugin.Resource("random", "RandomUuid"),
	})
}
