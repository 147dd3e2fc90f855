package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The SDK's runner exits with this code when it has already told the user what went wrong.
const alreadyReported = 32

// Run executes a program: `pulumi up`, `preview`, `destroy --run-program` and their like.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if req.GetAttachDebugger() {
		return nil, errors.New("this language host can't attach a debugger: use the official Pulumi CLI for that")
	}
	cmd, err := runCommand(h.engine, req)
	if err != nil {
		return nil, err
	}
	// Pipes instead of our own descriptors, which node would switch to non-blocking mode under us.
	cmd.Stdout, cmd.Stderr = struct{ io.Writer }{os.Stdout}, struct{ io.Writer }{os.Stderr}
	err = h.children.run(ctx, cmd)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		if exit.ExitCode() == alreadyReported {
			return &pulumirpc.RunResponse{Bail: true}, nil
		}
		if exit.ExitCode() >= 0 {
			return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended with exit code %d", exit.ExitCode())}, nil
		}
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program was ended: %v", exit)}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("running the program with node: %w", err)
	}
	return &pulumirpc.RunResponse{}, nil
}

func runCommand(engine string, req *pulumirpc.RunRequest) (*exec.Cmd, error) {
	info := req.GetInfo()
	options, err := parseOptions(info.GetOptions().AsMap())
	if err != nil {
		return nil, err
	}
	config, err := configJSON(req.GetConfig())
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(append([]string{}, req.GetConfigSecretKeys()...))
	if err != nil {
		return nil, err
	}
	args := []string{
		"--monitor", req.GetMonitorAddress(), "--engine", engine,
		"--organization", req.GetOrganization(), "--project", req.GetProject(), "--stack", req.GetStack(),
		"--root-directory", info.GetRootDirectory(), "--pwd", req.GetPwd(),
		"--parallel", strconv.Itoa(int(req.GetParallel())),
	}
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	if endpoint := tracing(os.Args[1:]); endpoint != "" {
		args = append(args, "--tracing", endpoint)
	}
	entry := info.GetEntryPoint()
	if entry == "" {
		entry = "."
	}
	args = append(append(args, entry), req.GetArgs()...)
	cmd, err := nodeCommand(options, "cmd/run", args, info.GetProgramDirectory(), req.GetPwd())
	if err != nil {
		return nil, err
	}
	cmd.Env = append(append(os.Environ(), options.env()...),
		"PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(secrets))
	return cmd, nil
}

// configJSON gives an object also where there is no configuration at all: the SDK takes "null" for an object and fails.
func configJSON(config map[string]string) ([]byte, error) {
	if config == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(config)
}
