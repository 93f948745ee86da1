using System.Text.Json;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Streams;

namespace Federation.Gateway.Streams;

/// <summary>Connects a client with the agent that runs its command.</summary>
internal sealed class RemoteSession(TimeProvider time)
{
    /// <summary>A client that has its result closes the connection.</summary>
    private static readonly TimeSpan GoodbyeAtMost = TimeSpan.FromSeconds(5);

    /// <summary>How it ended; null: the client went first.</summary>
    public async Task<Status?> RunAsync(IRemoteClient client, StreamTunnel tunnel, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var input = client.CopyInputAsync(new TunnelInput(tunnel), ending.Token);
        var output = CopyOutputAsync(client, tunnel, ending.Token);
        if (await Task.WhenAny(input, output) == input)
            await ending.CancelAsync();
        Status? result = null;
        try
        {
            result = await output;
            await input.WaitAsync(GoodbyeAtMost, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // Nobody is left to be told.
        }

        await ending.CancelAsync();
        await input.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return result;
    }

    private static async Task<Status> CopyOutputAsync(IRemoteClient client, StreamTunnel tunnel, CancellationToken cancellationToken)
    {
        var result = Statuses.InternalError("the connection to the agent was lost");
        try
        {
            while (await tunnel.ReadAsync(cancellationToken) is { } frame)
            {
                if (frame.Channel == StreamChannel.Result)
                    result = RemoteResult.StatusOf(ApiJson.FromUtf8<StreamResult>(frame.Data.Span));
                else if (!frame.IsEnd && frame.Channel is StreamChannel.Output or StreamChannel.Error)
                    await client.WriteAsync(frame.Channel, frame.Data, cancellationToken);
            }
        }
        catch (Exception broken) when (broken is StreamEndedException or JsonException)
        {
            // The result says so.
        }

        await client.EndAsync(result, cancellationToken);
        return result;
    }
}

/// <summary>Kubernetes' words for the end of a command: clients take the exit code from a cause.</summary>
internal static class RemoteResult
{
    public static Status StatusOf(StreamResult result) => result switch
    {
        { ExitCode: 0 } => new Status { Outcome = "Success", Code = 200 },
        { ExitCode: { } code } => new Status
        {
            Code = 500,
            Reason = "NonZeroExitCode",
            Message = $"command terminated with non-zero exit code: exit status {code}",
            Details = new StatusDetails { Causes = [new StatusCause { Reason = "ExitCode", Message = code.ToString() }] },
        },
        _ => Statuses.InternalError(result.Problem ?? "the command did not end by itself"),
    };
}
