package main

import (
	"errors"
	"io"
	"os/exec"
	"strconv"

	pulumi "github.com/pulumi/pulumi/sdk/v3"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// RunPlugin runs a component package (PulumiPlugin.yaml) or a policy pack (PulumiPolicy.yaml) until it ends or the
// engine lets go of the call.
func (h *host) RunPlugin(
	req *pulumirpc.RunPluginRequest, stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse],
) error {
	if req.GetAttachDebugger() {
		return errors.New("this language host can't attach a debugger: use the official Pulumi CLI for that")
	}
	stdout, stderr := streams(func(out, err []byte) error {
		if out != nil {
			return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: out}})
		}
		return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: err}})
	})
	err := h.plugin(req, stream, stdout, stderr)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return err
	}
	return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(code)}})
}

func (h *host) plugin(
	req *pulumirpc.RunPluginRequest, stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse],
	stdout, stderr io.Writer,
) error {
	options, err := parseOptions(req.GetInfo().GetOptions().AsMap())
	if err != nil {
		return err
	}
	env := append(req.GetEnv(), options.env()...)
	directory := req.GetInfo().GetProgramDirectory()
	if req.GetKind() == "analyzer" {
		return h.policyPack(req, options, env, stream, stdout, stderr)
	}
	cmd, err := nodeCommand(options, "cmd/run-plugin", append([]string{directory}, req.GetArgs()...), directory)
	if err != nil {
		return err
	}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = req.GetPwd(), env, stdout, stderr
	return h.children.run(stream.Context(), cmd)
}

// A policy pack learns its stack from environment variables, while the engine tells it by a call that comes after the
// start. The SDK's proxy takes that call; only then the pack starts, in its own directory.
func (h *host) policyPack(
	req *pulumirpc.RunPluginRequest, options options, env []string,
	stream grpc.ServerStreamingServer[pulumirpc.RunPluginResponse], stdout, stderr io.Writer,
) error {
	ctx, directory := stream.Context(), req.GetInfo().GetProgramDirectory()
	proxy, packStdout, err := pulumi.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return err
	}
	config, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return err
	}
	if config != nil {
		values, err := configJSON(config.GetConfig())
		if err != nil {
			return err
		}
		env = append(env,
			"PULUMI_NODEJS_ORGANIZATION="+config.GetOrganization(), "PULUMI_NODEJS_PROJECT="+config.GetProject(),
			"PULUMI_NODEJS_STACK="+config.GetStack(), "PULUMI_NODEJS_DRY_RUN="+strconv.FormatBool(config.GetDryRun()),
			"PULUMI_CONFIG="+string(values))
	}
	cmd, err := nodeCommand(options, "cmd/run-policy-pack", append(req.GetArgs(), directory), directory)
	if err != nil {
		return err
	}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = directory, env, packStdout, stderr
	return h.children.runWith(ctx, cmd, func() error { return proxy.Attach(ctx, cmd) })
}
