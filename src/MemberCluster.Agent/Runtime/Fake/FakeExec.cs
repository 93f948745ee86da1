namespace MemberCluster.Agent.Runtime.Fake;

/// <summary>Runs a command without attached streams.</summary>
internal static class FakeExec
{
    public static async Task<ExecResult> RunAsync(FakeContainer container, ExecSpec spec, TimeProvider time, CancellationToken cancellationToken)
    {
        var output = new BoundedOutput(spec.MaxOutputBytes);
        using var timer = new CancellationTokenSource(spec.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        var session = new FakeExecSession(container.Read(), spec, Stream.Null, (stream, text) => output.Add(new OutputChunk(stream, System.Text.Encoding.UTF8.GetBytes(text))));
        try
        {
            return output.ToResult(await container.Program.Exec(session, linked.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return output.ToResult(exitCode: null);
        }
    }
}
