using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Federation.Simulation.Tests.Kernel;

namespace Federation.Simulation.Tests.Network;

/// <summary>A stream that a client opened: the server's side runs on the server, the client's on the client, and the network is between them.</summary>
internal static class SimStream
{
    /// <summary>One in which nothing ever comes.</summary>
    public static async IAsyncEnumerable<T> Silence<T>(Life client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, client.Clock, cancellationToken);
        yield break;
    }

    /// <param name="world">Whose network it is.</param>
    /// <param name="client">Who opens it.</param>
    /// <param name="server">The name of the other end.</param>
    /// <param name="serverNow">Its present life.</param>
    /// <param name="serve">What the server does, until nobody listens any more.</param>
    /// <param name="cancellationToken">The client goes.</param>
    public static async IAsyncEnumerable<T> OpenAsync<T>(
        World world, Life client, string server, Func<Life?> serverNow, Func<Life, ChannelWriter<T>, CancellationToken, Task> serve, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var arrived = Channel.CreateUnbounded<T>();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await world.Network.CallAsync(client.Name, server, serverNow, life => Task.FromResult(Begin(life)), cancellationToken);
            while (await arrived.Reader.WaitToReadAsync(cancellationToken))
            {
                while (arrived.Reader.TryRead(out var item))
                    yield return item;
            }
        }
        finally
        {
            gone.Cancel();
        }

        bool Begin(Life life)
        {
            var sent = Channel.CreateUnbounded<T>();
            var stop = new CancellationTokenSource();
            _ = life.Start(() => ServeAsync(life, sent.Writer, stop.Token));
            _ = world.Start(async () =>
            {
                await life.Died;
                sent.Writer.TryComplete();
            });
            _ = world.Start(async () =>
            {
                try
                {
                    await world.Network.CarryAsync(server, client.Name, life, client, sent.Reader.ReadAllAsync(gone.Token), item => arrived.Writer.TryWrite(item));
                }
                catch (Exception exception)
                {
                    arrived.Writer.TryComplete(exception);
                }

                // The server learns that nobody listens, in its own turn.
                if (!life.IsDead)
                    await life.Start(() => stop.CancelAsync());
            });
            return true;
        }

        async Task ServeAsync(Life life, ChannelWriter<T> writer, CancellationToken stop)
        {
            try
            {
                await serve(life, writer, stop);
                writer.TryComplete();
            }
            catch (Exception exception)
            {
                writer.TryComplete(exception as MemberCluster.Agent.ControlPlane.ControlPlaneException ?? SimNetwork.Unreachable($"{server}: {exception.Message}"));
            }
        }
    }
}
