using System.Collections.Immutable;

namespace MemberCluster.Agent.Tests.Runtime.Conformance;

/// <summary>What test containers do, as shell scripts. A runtime without a shell knows them by <see cref="Label"/>.</summary>
public static class Scripts
{
    public const string Label = "federation.test.script";

    /// <summary>Runs until told to stop, ends at once with 143; a stop signal that comes before the shell has set its trap is lost.</summary>
    public const string Forever = "trap 'exit 143' TERM; while :; do sleep 3600 & wait; done";

    /// <summary>As pid 1 it ignores SIGTERM, as every process there without a handler does.</summary>
    public const string IgnoresStop = "while :; do sleep 3600 & wait; done";

    public const string ExitsWith3 = "exit 3";

    public const string Prints = "echo one; echo two; echo three >&2";

    /// <summary>Prints when it hears the stop signal.</summary>
    public const string PrintsAndStays = "trap 'echo bye; exit 143' TERM; echo ready; while :; do sleep 3600 & wait; done";

    /// <summary>Doubles a string until the memory limit ends it.</summary>
    public const string TakesAllMemory = "x=a; while :; do x=$x$x; done";

    public static ImmutableArray<string> Shell(string script) => ["/bin/sh", "-c", script];

    // Commands run in a container.
    public const string ExecPrints = "echo out; echo err >&2; exit 5";

    public const string ExecHangs = "echo begun; sleep 30";

    public const string ExecFloods = "yes | head -c 5000";

    public const string ExecCopiesInput = "cat; exit 7";
}
