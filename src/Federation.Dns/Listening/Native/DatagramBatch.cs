using System.Runtime.InteropServices;

namespace Federation.Dns.Listening.Native;

/// <summary>Room for a number of datagrams and their answers, received and sent with one system call each. Memory outside the garbage collector's, for it must not move.</summary>
/// <remarks>Belongs to one thread. All pointers are made once, in the constructor; indices are checked wherever a slot is named.</remarks>
internal sealed unsafe class DatagramBatch : IDisposable
{
    public const int Capacity = 64;

    /// <summary>Longer queries arrive cut off and are format errors; none that means well is.</summary>
    private const int QuerySize = 2048;
    private const int AddressSize = 32; // sockaddr_in6 has 28
    private const int ControlSize = 64; // one in6_pktinfo with its header has 40

    private readonly byte* _memory;
    private readonly MessageHeader* _received;
    private readonly MessageHeader* _sent;
    private readonly IoVector* _sentVectors;
    private readonly byte* _queries;
    private readonly byte* _responses;
    private readonly int _responseSize;
    private readonly bool _keepsDestination;
    private int _count;
    private int _ready;

    /// <param name="responseSize">Bytes for one response.</param>
    /// <param name="keepsDestination">Answer from the address that was asked: for a socket bound to all addresses, with packet info switched on.</param>
    public DatagramBatch(int responseSize, bool keepsDestination)
    {
        _responseSize = responseSize;
        _keepsDestination = keepsDestination;

        var layout = new Layout();
        var receivedAt = layout.Take(Capacity * sizeof(MessageHeader));
        var sentAt = layout.Take(Capacity * sizeof(MessageHeader));
        var receivedVectorsAt = layout.Take(Capacity * sizeof(IoVector));
        var sentVectorsAt = layout.Take(Capacity * sizeof(IoVector));
        var addressesAt = layout.Take(Capacity * AddressSize);
        var controlsAt = layout.Take(Capacity * ControlSize);
        var queriesAt = layout.Take(Capacity * QuerySize);
        var responsesAt = layout.Take(Capacity * responseSize);

        _memory = (byte*)NativeMemory.AlignedAlloc(layout.Length, 64);
        NativeMemory.Clear(_memory, layout.Length);
        _received = (MessageHeader*)(_memory + receivedAt);
        _sent = (MessageHeader*)(_memory + sentAt);
        _sentVectors = (IoVector*)(_memory + sentVectorsAt);
        _queries = _memory + queriesAt;
        _responses = _memory + responsesAt;

        var receivedVectors = (IoVector*)(_memory + receivedVectorsAt);
        for (var i = 0; i < Capacity; i++)
        {
            receivedVectors[i] = new IoVector { Base = _queries + (i * QuerySize), Length = QuerySize };
            _received[i].Address = _memory + addressesAt + (i * AddressSize);
            _received[i].Vectors = receivedVectors + i;
            _received[i].VectorCount = 1;
            _received[i].Control = keepsDestination ? _memory + controlsAt + (i * ControlSize) : null;
            _sent[i].Vectors = _sentVectors + i;
            _sent[i].VectorCount = 1;
        }

        Prepare(Capacity);
    }

    /// <summary>Waits for at least one datagram.</summary>
    /// <returns>How many arrived; 0: the call failed, and <see cref="Marshal.GetLastPInvokeError"/> says why.</returns>
    public int Receive(int socket)
    {
        Prepare(_count);
        _ready = 0;
        _count = Math.Max(0, Libc.ReceiveMany(socket, _received, Capacity, Libc.WaitForOne, null));
        return _count;
    }

    public ReadOnlySpan<byte> Query(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)_count, nameof(slot));
        return new ReadOnlySpan<byte>(_queries + (slot * QuerySize), (int)Math.Min(_received[slot].Length, QuerySize));
    }

    /// <summary>The socket address that the slot's datagram came from.</summary>
    public ReadOnlySpan<byte> Sender(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)_count, nameof(slot));
        return new ReadOnlySpan<byte>(_received[slot].Address, (int)Math.Min(_received[slot].AddressLength, AddressSize));
    }

    public Span<byte> Response(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)_count, nameof(slot));
        return new Span<byte>(_responses + (slot * _responseSize), _responseSize);
    }

    /// <summary>The slot's response is complete and goes back to where its query came from.</summary>
    public void Reply(int slot, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)_count, nameof(slot));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_responseSize, nameof(length));
        ref var message = ref _sent[_ready];
        message.Address = _received[slot].Address;
        message.AddressLength = _received[slot].AddressLength;
        message.Control = _received[slot].Control;
        message.ControlLength = _keepsDestination ? _received[slot].ControlLength : 0;
        _sentVectors[_ready] = new IoVector { Base = _responses + (slot * _responseSize), Length = (nuint)length };
        _ready++;
    }

    /// <summary>Sends the replies. One that the kernel refuses (no route back, a filter) is lost, as any datagram may be; the others go.</summary>
    public void Send(int socket)
    {
        var done = 0;
        while (done < _ready)
        {
            var accepted = Libc.SendMany(socket, _sent + done, (uint)(_ready - done), 0);
            if (accepted > 0)
                done += accepted;
            else if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
                done++;
        }

        _ready = 0;
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    /// <summary>The kernel overwrites the lengths of what it fills in; they must be whole again before the next call.</summary>
    private void Prepare(int used)
    {
        for (var i = 0; i < used; i++)
        {
            _received[i].AddressLength = AddressSize;
            _received[i].ControlLength = _keepsDestination ? (nuint)ControlSize : 0;
        }
    }

    private struct Layout
    {
        public nuint Length { get; private set; }

        public nuint Take(int bytes)
        {
            var at = Length;
            Length += (nuint)((bytes + 63) & ~63);
            return at;
        }
    }
}
