import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { handOver } from "./account";
import { type Home, writeAtomically } from "./home";
import { runOrFail } from "./processes";
import { findProgram, serverEnvironment } from "./programs";

const moduleName = "lonely_epmd";

/**
 * Erlang's nodes find each other through epmd, a daemon that the first node of a machine starts for all and that outlives them. A node
 * that is alone needs nobody to find it: this module stands in for epmd inside the node, so that no process is left behind and the
 * nodes of several homes know nothing of each other. RabbitMQ asks it whether its name is taken, and now and then whether it is known;
 * in one place it asks the original for its own port, which answers with the flag `-erl_epmd_port`.
 */
const source = `-module(${moduleName}).
-export([start_link/0, register_node/2, register_node/3, names/1, port_please/2, port_please/3, address_please/3, listen_port_please/2]).

start_link() -> ignore.

register_node(Name, Port) -> register_node(Name, Port, inet).
register_node(Name, Port, _Family) ->
    persistent_term:put(?MODULE, {lists:flatten(io_lib:format("~ts", [Name])), Port}),
    {ok, 1}.

names(_Host) ->
    case persistent_term:get(?MODULE, none) of
        none -> {ok, []};
        Registered -> {ok, [Registered]}
    end.

port_please(Name, Host) -> port_please(Name, Host, infinity).
port_please(Name, _Host, _Timeout) ->
    case persistent_term:get(?MODULE, none) of
        {Name, Port} -> {port, Port, 6};
        _ -> noport
    end.

address_please(_Name, _Host, _Family) -> {ok, {127, 0, 0, 1}}.

listen_port_please(_Name, _Host) -> {ok, 0}.
`;

/** Compiles the module, for the Erlang that is installed now, and returns the variables that make a node use it; other nodes would find it at `port`. */
export async function withoutEpmd(home: Home, port: number): Promise<Record<string, string>> {
    const libraries = home.path("data", "erlang");
    const compiled = join(libraries, moduleName, "ebin");
    const file = join(libraries, moduleName, `${moduleName}.erl`);
    await rm(libraries, { recursive: true, force: true });
    await mkdir(compiled, { recursive: true, mode: 0o700 });
    for (const directory of [compiled, dirname(compiled), libraries]) {
        await handOver(directory);
    }
    await writeAtomically(file, source, 0o600);
    const compile = `case compile:file(${JSON.stringify(file)}, [{outdir, ${JSON.stringify(compiled)}}, return_errors]) of {ok, _} -> halt(0); Error -> io:format("~p", [Error]), halt(1) end.`;
    await runOrFail(findProgram("erl") ?? "erl", ["-noinput", "-boot", "start_clean", "-eval", compile], { env: serverEnvironment(home.path("data")) });
    return { ERL_LIBS: libraries, ERL_ZFLAGS: `-start_epmd false -epmd_module ${moduleName} -erl_epmd_port ${port}`, RABBITMQ_DIST_PORT: String(port) };
}
