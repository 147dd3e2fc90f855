// A small Node.js language host for the Pulumi engine. The official one isn't published as a Go module, so the built
// toolchain brings its own: enough for programs, component packages and policy packs during development and in CI.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Set by the linker.
var version = "0.0.0"

func main() {
	host := &host{engine: engineAddress(os.Args[1:]), children: newChildren()}
	host.children.endOnSignal()
	watchParent(host.children.exit)
	watchEngine(host.engine, host.children.exit)

	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			return nil
		},
	})
	if err == nil {
		fmt.Printf("%d\n", server.Port) // the engine reads the first line of stdout
		err = <-server.Done
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-nodejs:", err)
		host.children.exit(1)
	}
	host.children.exit(0)
}

// engineAddress is the last argument that isn't a flag: the engine puts logging and tracing flags before it.
func engineAddress(args []string) string {
	for i := len(args) - 1; i >= 0; i-- {
		if !strings.HasPrefix(args[i], "-") {
			return args[i]
		}
	}
	return ""
}
