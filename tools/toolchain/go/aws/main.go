// The aws resource plugin for the emulated suite: the upstream provider's resources of the first generation of its SDK, behind the bridge that the
// official plugin uses too, under today's tokens. Not for users: it is built for the tests that compare the recording provider with its upstream.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-provider-aws/internal/provider/sdkv2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/pkg/v3/resource/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Set by the linker.
var version = "0.0.0"

// What our own backend makes, by upstream's names; rules of security groups are of another generation of upstream's SDK, and not here.
var resources = map[string]string{
	"aws_cloudwatch_log_group":               "aws:cloudwatch/logGroup:LogGroup",
	"aws_cloudwatch_log_resource_policy":     "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
	"aws_db_instance":                        "aws:rds/instance:Instance",
	"aws_db_parameter_group":                 "aws:rds/parameterGroup:ParameterGroup",
	"aws_db_subnet_group":                    "aws:rds/subnetGroup:SubnetGroup",
	"aws_elasticache_parameter_group":        "aws:elasticache/parameterGroup:ParameterGroup",
	"aws_elasticache_replication_group":      "aws:elasticache/replicationGroup:ReplicationGroup",
	"aws_elasticache_subnet_group":           "aws:elasticache/subnetGroup:SubnetGroup",
	"aws_elasticache_user":                   "aws:elasticache/user:User",
	"aws_elasticache_user_group":             "aws:elasticache/userGroup:UserGroup",
	"aws_elasticache_user_group_association": "aws:elasticache/userGroupAssociation:UserGroupAssociation",
	"aws_iam_role":                           "aws:iam/role:Role",
	"aws_iam_role_policy":                    "aws:iam/rolePolicy:RolePolicy",
	"aws_iam_role_policy_attachment":         "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
	"aws_kms_alias":                          "aws:kms/alias:Alias",
	"aws_kms_key":                            "aws:kms/key:Key",
	"aws_mq_broker":                          "aws:mq/broker:Broker",
	"aws_mq_configuration":                   "aws:mq/configuration:Configuration",
	"aws_security_group":                     "aws:ec2/securityGroup:SecurityGroup",
	"aws_security_group_rule":                "aws:ec2/securityGroupRule:SecurityGroupRule",
}

// What a program names when it names nothing: as pulumi-aws has it.
var names = map[string]string{
	"aws_db_instance":                   "identifier",
	"aws_db_parameter_group":            "name",
	"aws_db_subnet_group":               "name",
	"aws_elasticache_parameter_group":   "name",
	"aws_elasticache_replication_group": "replication_group_id",
	"aws_elasticache_subnet_group":      "name",
	"aws_iam_role":                      "name",
	"aws_mq_broker":                     "broker_name",
	"aws_mq_configuration":              "name",
	"aws_security_group":                "name",
}

// What the bridge would call otherwise than pulumi-aws does, and what pulumi-aws types otherwise than upstream.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	"aws_elasticache_replication_group": {
		"at_rest_encryption_enabled": {Type: "boolean"},
		"auto_minor_version_upgrade": {Type: "boolean"},
	},
	"aws_security_group": {"egress": {Name: "egress"}, "ingress": {Name: "ingress"}},
}

func main() {
	ctx := context.Background()
	upstream, err := sdkv2.NewProvider(ctx)
	if err != nil {
		fail(err)
	}
	for name := range upstream.ResourcesMap {
		if _, ok := resources[name]; !ok {
			delete(upstream.ResourcesMap, name)
		}
	}
	upstream.DataSourcesMap = nil
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(version)
		return
	}
	info := describe(upstream)
	if len(os.Args) == 2 && os.Args[1] == "--properties" {
		printProperties(info, upstream)
		return
	}
	exitWithParent()
	err = provider.Main("aws", func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return tfbridge.NewProvider(ctx, host, "aws", version, info.P, info, []byte("{}")), nil
	})
	if err != nil {
		fail(err)
	}
}

func describe(upstream *schema.Provider) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:         shimv2.NewProvider(upstream),
		Name:      "aws",
		Version:   version,
		Resources: map[string]*tfbridge.ResourceInfo{},
	}
	for name, token := range resources {
		resource := &tfbridge.ResourceInfo{Tok: tokenOf(token), Fields: map[string]*tfbridge.SchemaInfo{}}
		maps.Copy(resource.Fields, fields[name])
		if property, ok := names[name]; ok {
			resource.Fields[property] = tfbridge.AutoName(camel(property), 63, "-")
		}
		info.Resources[name] = resource
	}
	return info
}

// property is what `test/support/aws/upstream.json` says of one.
type property struct {
	Computed      bool     `json:"computed,omitempty"`
	ForceNew      bool     `json:"forceNew,omitempty"`
	Default       any      `json:"default,omitempty"`
	Set           bool     `json:"set,omitempty"`
	Sensitive     bool     `json:"sensitive,omitempty"`
	WriteOnly     bool     `json:"writeOnly,omitempty"`
	ConflictsWith []string `json:"conflictsWith,omitempty"`
}

// printProperties writes what upstream's schema says of each property, by the SDK's names.
func printProperties(info tfbridge.ProviderInfo, upstream *schema.Provider) {
	all := map[string]map[string]property{}
	for name, token := range resources {
		shim := info.P.ResourcesMap().Get(name).Schema()
		fields := info.Resources[name].Fields
		sdkName := func(field string) string { return tfbridge.TerraformToPulumiNameV2(field, shim, fields) }
		properties := map[string]property{}
		for field, is := range upstream.ResourcesMap[name].SchemaMap() {
			conflicts := []string{}
			for _, other := range is.ConflictsWith {
				conflicts = append(conflicts, sdkName(other))
			}
			properties[sdkName(field)] = property{
				Computed:      is.Computed,
				ForceNew:      is.ForceNew || nestedForceNew(is),
				Default:       is.Default,
				Set:           is.Type == schema.TypeSet,
				Sensitive:     is.Sensitive,
				WriteOnly:     is.WriteOnly,
				ConflictsWith: conflicts,
			}
		}
		all[token] = properties
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		fail(err)
	}
	fmt.Println(string(text))
}

// nestedForceNew tells whether everything that can change in a block replaces.
func nestedForceNew(is *schema.Schema) bool {
	block, ok := is.Elem.(*schema.Resource)
	if !ok || is.Computed {
		return false
	}
	for _, field := range block.SchemaMap() {
		if !field.ForceNew {
			return false
		}
	}
	return true
}

// exitWithParent ends the plugin soon after the engine that started it was killed; by itself it would notice within five minutes.
func exitWithParent() {
	parent := os.Getppid()
	if parent <= 1 {
		return
	}
	go func() {
		for os.Getppid() == parent {
			time.Sleep(250 * time.Millisecond)
		}
		os.Exit(0)
	}()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
