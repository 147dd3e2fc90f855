// The random resource plugin: the last upstream published as a Go module, behind the bridge that the official plugin
// uses too, under today's tokens.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/terraform-providers/terraform-provider-random/random"
	"golang.org/x/crypto/bcrypt"

	"pulumi-data-services.invalid/toolchain/terraform/plugin"
)

// Set by the linker.
var version = "0.0.0"

func main() {
	upstream := plugin.Upstream(random.Provider())
	modernise(upstream.ResourcesMap["random_string"])
	modernise(upstream.ResourcesMap["random_password"])
	addHash(upstream.ResourcesMap["random_password"])
	plugin.Main("random", version, upstream, map[string]*tfbridge.ResourceInfo{
		"random_id":       plugin.Resource("random", "RandomId"),
		"random_integer":  plugin.Resource("random", "RandomInteger"),
		"random_password": plugin.Resource("random", "RandomPassword"),
		"random_pet":      plugin.Resource("random", "RandomPet"),
		"random_shuffle":  plugin.Resource("random", "RandomShuffle"),
		"random_string":   plugin.Resource("random", "RandomString"),
		"random_uuid":     plugin.Resource("random", "RandomUuid"),
	})
}

// modernise adds `numeric`, the name that later releases gave to `number`: either can be set, both can be read.
func modernise(resource *schema.Resource) {
	names := []string{"number", "numeric"}
	for _, name := range names {
		resource.Schema[name] = &schema.Schema{Type: schema.TypeBool, Optional: true, Computed: true, ForceNew: true}
	}
	create := resource.Create
	resource.Create = func(data *schema.ResourceData, meta interface{}) error {
		digits := true
		for _, name := range names {
			if value, ok := data.GetOkExists(name); ok {
				digits = digits && value.(bool)
			}
		}
		for _, name := range names {
			if err := data.Set(name, digits); err != nil {
				return err
			}
		}
		return create(data, meta)
	}
}

// addHash adds `bcrypt_hash`, which later releases give out beside the password.
func addHash(resource *schema.Resource) {
	resource.Schema["bcrypt_hash"] = &schema.Schema{Type: schema.TypeString, Computed: true, Sensitive: true}
	create := resource.Create
	resource.Create = func(data *schema.ResourceData, meta interface{}) error {
		if err := create(data, meta); err != nil {
			return err
		}
		password := []byte(data.Get("result").(string))
		hash, err := bcrypt.GenerateFromPassword(password[:min(len(password), 72)], bcrypt.DefaultCost)
		if err != nil {
			return err
		}
		return data.Set("bcrypt_hash", string(hash))
	}
}
