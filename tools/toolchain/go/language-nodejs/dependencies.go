package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// dependencies lists what package.json asks for with the versions installed, or everything installed.
func dependencies(directory string, transitive bool) ([]*pulumirpc.DependencyInfo, error) {
	versions := map[string]string{}
	if transitive {
		var lock struct {
			Packages map[string]struct {
				Version string `json:"version"`
			} `json:"packages"`
		}
		path := findUpward(directory, ".package-lock.json")
		if err := readJSON(path, &lock); err != nil {
			return nil, err
		}
		for place, entry := range lock.Packages {
			if _, name, ok := cutLast(place, "node_modules/"); ok {
				versions[name] = entry.Version
			}
		}
	} else {
		var program struct {
			Dependencies    map[string]string `json:"dependencies"`
			DevDependencies map[string]string `json:"devDependencies"`
		}
		if err := readJSON(filepath.Join(directory, "package.json"), &program); err != nil {
			return nil, err
		}
		for _, group := range []map[string]string{program.DevDependencies, program.Dependencies} {
			for name, asked := range group {
				var installed struct {
					Version string `json:"version"`
				}
				if readJSON(findUpward(directory, filepath.Join(name, "package.json")), &installed) != nil {
					installed.Version = asked
				}
				versions[name] = installed.Version
			}
		}
	}
	found := make([]*pulumirpc.DependencyInfo, 0, len(versions))
	for name, version := range versions {
		found = append(found, &pulumirpc.DependencyInfo{Name: name, Version: version})
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found, nil
}

// installed says whether everything that a package needs to run can be found from its directory upward.
func installed(directory string) bool {
	var program struct {
		Dependencies     map[string]string `json:"dependencies"`
		PeerDependencies map[string]string `json:"peerDependencies"`
	}
	if readJSON(filepath.Join(directory, "package.json"), &program) != nil {
		return false
	}
	for _, group := range []map[string]string{program.Dependencies, program.PeerDependencies, {"@pulumi/pulumi": ""}} {
		for name := range group {
			if findUpward(directory, filepath.Join(name, "package.json")) == "" {
				return false
			}
		}
	}
	return true
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}

func readJSON(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
