using System.Threading.Channels;
using Federation.Simulation.Tests.Kernel;
using MemberCluster.Agent.ControlPlane;

namespace Federation.Simulation.Tests.Network;

/// <summary>One way of a connection between two processes: what is sent arrives in its order, late, a few pieces at a time; or the connection breaks.</summary>
internal sealed class SimWire
{
    /// <summary>Who sends more waits until some of it was taken.</summary>
    private const int PiecesUnderWay = 4;

    private readonly World _world;
    private readonly Life _from;
    private readonly Life _to;
    private readonly TimeSpan _pace;
    private readonly Channel<ReadOnlyMemory<byte>> _sent = Channel.CreateBounded<ReadOnlyMemory<byte>>(PiecesUnderWay);
    private readonly Channel<ReadOnlyMemory<byte>> _arrived = Channel.CreateBounded<ReadOnlyMemory<byte>>(PiecesUnderWay);
    private bool _isTaken;

    /// <param name="world">Whose network it is.</param>
    /// <param name="from">Who sends.</param>
    /// <param name="to">Who receives.</param>
    /// <param name="pace">How long each piece takes besides what every packet takes.</param>
    public SimWire(World world, Life from, Life to, TimeSpan pace = default)
    {
        (_world, _from, _to, _pace) = (world, from, to, pace);
        _ = world.Start(CarryAsync);
        _ = world.Start(async () =>
        {
            await Task.WhenAny(from.Died, to.Died);
            Break();
        });
        // The answer that opened it may be lost: then nobody is at its other end.
        _ = world.Start(async () =>
        {
            await world.Delay(SimNetwork.RequestTimeout);
            if (!_isTaken)
                Break();
        });
    }

    /// <summary>Both ends know of it.</summary>
    public SimWire Take()
    {
        _isTaken = true;
        return this;
    }

    /// <exception cref="ChannelClosedException">It is broken.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken) => _sent.Writer.WriteAsync(piece, cancellationToken);

    /// <summary>In good order: what was sent still arrives.</summary>
    public void End() => _sent.Writer.TryComplete();

    public void Break()
    {
        var broken = new IOException($"the connection of {_from.Name} and {_to.Name} broke");
        _sent.Writer.TryComplete(broken);
        _arrived.Writer.TryComplete(broken);
    }

    /// <returns>Null: it has ended in good order.</returns>
    /// <exception cref="IOException">It is broken.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await _arrived.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_arrived.Reader.TryRead(out var piece))
                return piece;
        }

        return null;
    }

    private async Task CarryAsync()
    {
        try
        {
            await foreach (var piece in _sent.Reader.ReadAllAsync())
            {
                await _world.Network.PassAsync(_from.Name, _to.Name, _pace);
                if (_world.Network.BreaksConnection())
                    throw new IOException("lost");
                await _arrived.Writer.WriteAsync(piece);
            }

            _arrived.Writer.TryComplete();
        }
        catch (Exception exception) when (exception is IOException or ControlPlaneException or ChannelClosedException)
        {
            Break();
        }
    }
}
