// The Kubernetes resource plugin. Upstream's own main embeds two files that its release build writes; here the
// toolchain puts the module's published copies beside this file (see tools/toolchain/parts.ts) before it compiles.
package main

import (
	"bytes"
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

// Set by the linker.
var version = "0.0.0"

// withVersion adds the version, which the published schema leaves out, as its first key.
func withVersion(document []byte) []byte {
	return bytes.Replace(document, []byte("{"), []byte(`{"version":"`+version+`",`), 1)
}

func main() {
	provider.Serve("kubernetes", version, withVersion(schema), mapping)
}
