using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Runtime.Conformance;

namespace MemberCluster.Agent.Tests.Runtime.Fake;

/// <summary>The conformance suite on the fake engine, which knows the scripts by their text.</summary>
public sealed class FakeRuntimeTests : RuntimeConformance
{
    protected override Task<IContainerRuntime> ConnectAsync()
    {
        var engine = new FakeEngine(TimeProvider.System) { ProgramFor = (spec, _) => ProgramOf(spec) };
        engine.AddImage(Image);
        return Task.FromResult(engine.Connect());
    }

    private static FakeProgram ProgramOf(ContainerSpec spec)
    {
        if (spec.Entrypoint[0] != "/bin/sh")
            return new FakeProgram { StartError = $"exec: \"{spec.Entrypoint[0]}\": stat {spec.Entrypoint[0]}: no such file or directory" };
        var program = spec.Entrypoint[^1] switch
        {
            Scripts.Forever => FakeProgram.Forever,
            Scripts.IgnoresStop => new FakeProgram { StopsAfter = null },
            Scripts.ExitsWith3 => FakeProgram.ExitsWith(3, TimeSpan.FromMilliseconds(1)),
            Scripts.Prints => new FakeProgram
            {
                ExitsAfter = TimeSpan.FromMilliseconds(1),
                Output = [new(OutputStream.StandardOutput, "one\ntwo\n"), new(OutputStream.StandardError, "three\n")],
            },
            Scripts.PrintsAndStays => new FakeProgram
            {
                Output = [new(OutputStream.StandardOutput, "ready\n")],
                StopOutput = [new(OutputStream.StandardOutput, "bye\n")],
            },
            Scripts.TakesAllMemory => new FakeProgram { ExitsAfter = TimeSpan.FromMilliseconds(1), OutOfMemory = true },
            var other => throw new InvalidOperationException($"No fake program for {other}."),
        };
        return program with { Exec = ExecAsync, CpuLoad = 1 };
    }

    private static async Task<int> ExecAsync(FakeExecSession session, CancellationToken cancellationToken)
    {
        switch (session.Spec.Command[^1])
        {
            case Scripts.ExecPrints:
                session.Write(OutputStream.StandardOutput, "out\n");
                session.Write(OutputStream.StandardError, "err\n");
                return 5;
            case Scripts.ExecHangs:
                session.Write(OutputStream.StandardOutput, "begun\n");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                return 0;
            case Scripts.ExecFloods:
                session.Write(OutputStream.StandardOutput, new string('y', 5000));
                return 0;
            case Scripts.ExecCopiesInput:
                using (var reader = new StreamReader(session.Input))
                    session.Write(OutputStream.StandardOutput, await reader.ReadToEndAsync(cancellationToken));
                return 7;
            default:
                return 0;
        }
    }
}
