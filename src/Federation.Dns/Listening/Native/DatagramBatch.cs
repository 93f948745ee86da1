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

    private readonly byte* memory;
    private readonly MessageHeader* received;
    private readonly MessageHeader* sent;
    private readonly IoVector* sentVectors;
    private readonly byte* queries;
    private readonly byte* responses;
    private readonly int responseSize;
    private readonly bool keepsDestination;
    private int count;
    private int ready;

    /// <param name="responseSize">Bytes for one response.</param>
    /// <param name="keepsDestination">Answer from the address that was asked: for a socket bound to all addresses, with packet info switched on.</param>
    public DatagramBatch(int responseSize, bool keepsDestination)
    {
        this.responseSize = responseSize;
        this.keepsDestination = keepsDestination;

        var layout = new Layout();
        var receivedAt = layout.Take(Capacity * sizeof(MessageHeader));
        var sentAt = layout.Take(Capacity * sizeof(MessageHeader));
        var receivedVectorsAt = layout.Take(Capacity * sizeof(IoVector));
        var sentVectorsAt = layout.Take(Capacity * sizeof(IoVector));
        var addressesAt = layout.Take(Capacity * AddressSize);
        var controlsAt = layout.Take(Capacity * ControlSize);
        var queriesAt = layout.Take(Capacity * QuerySize);
        var responsesAt = layout.Take(Capacity * responseSize);

        memory = (byte*)NativeMemory.AlignedAlloc(layout.Length, 64);
        NativeMemory.Clear(memory, layout.Length);
        received = (MessageHeader*)(memory + receivedAt);
        sent = (MessageHeader*)(memory + sentAt);
        sentVectors = (IoVector*)(memory + sentVectorsAt);
        queries = memory + queriesAt;
        responses = memory + responsesAt;

        var receivedVectors = (IoVector*)(memory + receivedVectorsAt);
        for (var i = 0; i < Capacity; i++)
        {
            receivedVectors[i] = new IoVector { Base = queries + (i * QuerySize), Length = QuerySize };
            received[i].Address = memory + addressesAt + (i * AddressSize);
            received[i].Vectors = receivedVectors + i;
            received[i].VectorCount = 1;
            received[i].Control = keepsDestination ? memory + controlsAt + (i * ControlSize) : null;
            sent[i].Vectors = sentVectors + i;
            sent[i].VectorCount = 1;
        }

        Prepare(Capacity);
    }

    /// <summary>Waits for at least one datagram.</summary>
    /// <returns>How many arrived; 0: the call failed, and <see cref="Marshal.GetLastPInvokeError"/> says why.</returns>
    public int Receive(int socket)
    {
        Prepare(count);
        ready = 0;
        count = Math.Max(0, Libc.ReceiveMany(socket, received, Capacity, Libc.WaitForOne, null));
        return count;
    }

    public ReadOnlySpan<byte> Query(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)count, nameof(slot));
        return new ReadOnlySpan<byte>(queries + (slot * QuerySize), (int)Math.Min(received[slot].Length, QuerySize));
    }

    public Span<byte> Response(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)count, nameof(slot));
        return new Span<byte>(responses + (slot * responseSize), responseSize);
    }

    /// <summary>The slot's response is complete and goes back to where its query came from.</summary>
    public void Reply(int slot, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)count, nameof(slot));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)responseSize, nameof(length));
        ref var message = ref sent[ready];
        message.Address = received[slot].Address;
        message.AddressLength = received[slot].AddressLength;
        message.Control = received[slot].Control;
        message.ControlLength = keepsDestination ? received[slot].ControlLength : 0;
        sentVectors[ready] = new IoVector { Base = responses + (slot * responseSize), Length = (nuint)length };
        ready++;
    }

    /// <summary>Sends the replies. One that the kernel refuses (no route back, a filter) is lost, as any datagram may be; the others go.</summary>
    public void Send(int socket)
    {
        var done = 0;
        while (done < ready)
        {
            var accepted = Libc.SendMany(socket, sent + done, (uint)(ready - done), 0);
            if (accepted > 0)
                done += accepted;
            else if (Marshal.GetLastPInvokeError() != Libc.Interrupted)
                done++;
        }

        ready = 0;
    }

    public void Dispose() => NativeMemory.AlignedFree(memory);

    /// <summary>The kernel overwrites the lengths of what it fills in; they must be whole again before the next call.</summary>
    private void Prepare(int used)
    {
        for (var i = 0; i < used; i++)
        {
            received[i].AddressLength = AddressSize;
            received[i].ControlLength = keepsDestination ? (nuint)ControlSize : 0;
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
