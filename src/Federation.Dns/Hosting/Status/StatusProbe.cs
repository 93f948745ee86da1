using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Federation.Dns.Wire;

namespace Federation.Dns.Hosting.Status;

/// <summary>Asks a name server for its status, over DNS: one that is cut off from everything else can still be asked.</summary>
internal sealed class StatusProbe(DnsName apex, TimeProvider time)
{
    private const int Attempts = 2;
    private const int LongestResponse = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public async Task<ServerStatus> AskAsync(IPEndPoint server, CancellationToken cancellationToken)
    {
        var problem = "";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                var asked = time.GetTimestamp();
                var response = await ExchangeAsync(server, cancellationToken);
                return Read(response, server) with { Milliseconds = time.GetElapsedTime(asked).TotalMilliseconds };
            }
            catch (Exception failure) when (failure is SocketException or FormatException or TimeoutException)
            {
                problem = failure is TimeoutException ? $"It did not answer within {Patience.TotalSeconds:0} s." : failure.Message;
            }
        }

        return new ServerStatus { Address = server.ToString(), Problem = problem };
    }

    private async Task<byte[]> ExchangeAsync(IPEndPoint server, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, either.Token);
        var query = Query();
        var buffer = new byte[LongestResponse];
        try
        {
            await socket.SendAsync(query, either.Token);
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, either.Token);
                if (length >= query.Length && buffer.AsSpan(0, 2).SequenceEqual(query.AsSpan(0, 2)) && Header.IsResponse(buffer))
                    return buffer[..length];
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    private byte[] Query()
    {
        var name = StatusAnswer.NameIn(apex).Wire;
        var query = new byte[Header.Length + name.Length + 4];
        RandomNumberGenerator.Fill(query.AsSpan(0, 2));
        Header.WriteCounts(query, questions: 1, 0, 0, 0);
        name.CopyTo(query.AsSpan(Header.Length));
        BinaryPrimitives.WriteUInt16BigEndian(query.AsSpan(Header.Length + name.Length), (ushort)RecordType.Txt);
        BinaryPrimitives.WriteUInt16BigEndian(query.AsSpan(Header.Length + name.Length + 2), (ushort)RecordClass.Internet);
        return query;
    }

    /// <exception cref="FormatException">The response has no status in it.</exception>
    private ServerStatus Read(ReadOnlySpan<byte> response, IPEndPoint server)
    {
        var code = (ResponseCode)(response[3] & Header.ResponseCodeBits);
        if (code == ResponseCode.ServerFailure)
            throw new FormatException("It has no version of the zone yet.");
        if (code != ResponseCode.NoError || Header.AnswerCount(response) != 1)
            throw new FormatException($"It answers {code.ToMnemonic()} with {Header.AnswerCount(response)} records: it is no name server of {apex}.");
        var facts = FactsIn(response);
        string Fact(string word) => facts.GetValueOrDefault(word, "");
        return new ServerStatus
        {
            Address = server.ToString(),
            Server = Fact(ServerFacts.Server),
            Serial = uint.TryParse(Fact(ServerFacts.Serial), CultureInfo.InvariantCulture, out var serial) ? serial : 0,
            Revision = long.TryParse(Fact(ServerFacts.Revision), CultureInfo.InvariantCulture, out var revision) ? revision : 0,
            IsConnected = Fact(ServerFacts.Feed) == ServerFacts.Connected,
            StaleSeconds = double.TryParse(Fact(ServerFacts.Stale), CultureInfo.InvariantCulture, out var stale) ? stale : 0,
            CutOffSince = DateTimeOffset.TryParse(Fact(ServerFacts.Since), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since) ? since : null,
        };
    }

    /// <summary>The strings of the one record, which stands right behind the question.</summary>
    private Dictionary<string, string> FactsIn(ReadOnlySpan<byte> response)
    {
        const int recordHead = 12; // the owner is a pointer to the question
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        var at = Header.Length + StatusAnswer.NameIn(apex).Length + 4;
        if (response.Length < at + recordHead)
            throw new FormatException("Its response is cut off.");
        var end = at + recordHead + BinaryPrimitives.ReadUInt16BigEndian(response[(at + recordHead - 2)..]);
        for (at += recordHead; at < Math.Min(end, response.Length); at += response[at] + 1)
        {
            if (at + 1 + response[at] > response.Length)
                throw new FormatException("Its response is cut off.");
            var text = Encoding.Latin1.GetString(response.Slice(at + 1, response[at]));
            var split = text.IndexOf('=');
            if (split > 0)
                facts[text[..split]] = text[(split + 1)..];
        }

        return facts;
    }
}
