package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// options are what Pulumi.yaml, PulumiPlugin.yaml or PulumiPolicy.yaml says under runtime.options.
type options struct {
	typescript bool
	tsconfig   string
	nodeargs   []string
}

func parseOptions(values map[string]any) (options, error) {
	parsed := options{typescript: true}
	if value, ok := values["typescript"]; ok {
		if parsed.typescript, ok = value.(bool); !ok {
			return parsed, fmt.Errorf("runtime option typescript is %v: it must be true or false", value)
		}
	}
	if value, ok := values["tsconfig"]; ok {
		if parsed.tsconfig, ok = value.(string); !ok {
			return parsed, fmt.Errorf("runtime option tsconfig is %v: it must be a path", value)
		}
	}
	if value, ok := values["nodeargs"]; ok {
		text, ok := value.(string)
		if !ok {
			return parsed, fmt.Errorf("runtime option nodeargs is %v: it must be a string", value)
		}
		args, err := splitWords(text)
		if err != nil {
			return parsed, fmt.Errorf("runtime option nodeargs: %w", err)
		}
		parsed.nodeargs = args
	}
	return parsed, nil
}

func (o options) env() []string {
	var env []string
	if o.typescript {
		env = append(env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		env = append(env, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return env
}

// nodeCommand runs a module of the program's own @pulumi/pulumi, looked for from each directory upward.
func nodeCommand(options options, module string, args []string, from ...string) (*exec.Cmd, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("node isn't on the PATH: %w", err)
	}
	for _, directory := range from {
		if path := findUpward(directory, filepath.Join("@pulumi", "pulumi", filepath.FromSlash(module), "index.js")); path != "" {
			return exec.Command(node, append(append(append([]string{}, options.nodeargs...), path), args...)...), nil
		}
	}
	// The engine recognises these words in the output of a policy pack.
	return nil, fmt.Errorf("Cannot find module '@pulumi/pulumi/%s' from %s: is it in package.json, and has `npm install` run?",
		module, strings.Join(from, " or "))
}

func findUpward(directory, inModules string) string {
	for {
		path := filepath.Join(directory, "node_modules", inModules)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			return ""
		}
		directory = parent
	}
}

// tracing finds the endpoint that the engine hands to every plugin when the user asks for a trace.
func tracing(args []string) string {
	for i, arg := range args {
		name, value, has := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if name != "tracing" || !strings.HasPrefix(arg, "-") {
			continue
		}
		if has {
			return value
		}
		if i+2 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// splitWords splits as a shell would: spaces separate, quotes and backslashes keep together.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inWord, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			inWord, escaped = true, true
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				word.WriteRune(c)
			}
		case c == '\'' || c == '"':
			inWord, quote = true, c
		case c == ' ' || c == '\t' || c == '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			inWord = true
			word.WriteRune(c)
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("%q ends within a quote", text)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
