// Package plugin serves a Terraform provider of the first SDK generation as a Pulumi resource plugin.
package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/terraform"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	sdkv1 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
	"github.com/pulumi/pulumi/pkg/v3/resource/provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Upstream is the provider as its own plugin would serve it.
func Upstream(p terraform.ResourceProvider) *schema.Provider { return p.(*schema.Provider) }

// Resource is the token under which today's SDKs ask for a resource: every one of them sits in the index module.
func Resource(pkg, name string) *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{Tok: tfbridge.MakeResource(pkg, "index", name)}
}

// Main serves until the engine says stop, or is gone.
func Main(name, version string, upstream *schema.Provider, resources map[string]*tfbridge.ResourceInfo) {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(version)
		return
	}
	exitWithParent()
	info := tfbridge.ProviderInfo{
		P: sdkv1.NewProvider(upstream), Name: name, Version: version, Resources: resources,
	}
	info.P.InitLogging(context.Background())
	err := provider.Main(name, func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		bridged := tfbridge.NewProvider(context.Background(), host, name, version, info.P, info, []byte("{}"))
		return &server{ResourceProviderServer: bridged, schema: sync.OnceValues(func() (string, error) { return packageSchema(info) })}, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// server makes the package schema when somebody asks for it, which `pulumi up` never does.
type server struct {
	pulumirpc.ResourceProviderServer
	schema func() (string, error)
}

func (s *server) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	text, err := s.schema()
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetSchemaResponse{Schema: text}, nil
}

func packageSchema(info tfbridge.ProviderInfo) (string, error) {
	silent := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(info, silent)
	if err != nil {
		return "", fmt.Errorf("making the schema of %s: %w", info.Name, err)
	}
	text, err := json.Marshal(spec)
	return string(text), err
}

// exitWithParent ends the plugin soon after the engine that started it was killed; by itself it would notice within
// five minutes.
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
