using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Federation.TestKit.Pets;

/// <summary>
/// Hears from outside who is alive. Each container of a pet says, ten times a second, its pet's name, its epoch, an identity that it made for itself when it started, and the
/// machine's time since boot, which is the same clock for all of them here. Two containers of one pet whose first and last words overlap in time were alive together.
/// </summary>
public sealed class PetWitness : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PetLife> _lives = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Task _listening;

    /// <param name="address">Where pods reach the test.</param>
    public PetWitness(string address)
    {
        _listener = new TcpListener(IPAddress.Parse(address), 0);
        _listener.Start();
        _listening = ListenAsync();
    }

    /// <summary>What a pet's container runs, as <c>/bin/sh -c</c>. It ends at once when it is asked to.</summary>
    public string Script
    {
        get
        {
            var end = (IPEndPoint)_listener.LocalEndpoint;
            return $$"""
                me=$(cat /proc/sys/kernel/random/uuid)
                trap 'kill $!; exit 0' TERM
                while :; do
                  ( while read -r up rest </proc/uptime; do echo "$PET_NAME $PET_EPOCH $me $up" || exit; usleep 100000; done | nc {{end.Address}} {{end.Port}} ) &
                  wait $!
                  usleep 100000
                done
                """;
        }
    }

    /// <summary>Everybody who was ever heard, in the order of their first words.</summary>
    public IReadOnlyList<PetLife> Lives
    {
        get
        {
            lock (_lock)
                return [.. _lives.Values.OrderBy(life => life.First)];
        }
    }

    /// <summary>Who is heard now: those whose last word is newer than what is given, in seconds since boot.</summary>
    public IReadOnlyList<PetLife> HeardSince(double uptime) => [.. Lives.Where(life => life.Last > uptime)];

    /// <summary>Seconds since boot, by the clock that containers tell.</summary>
    public static double Uptime() => double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (true)
            _ = HearAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
    }

    private async Task HearAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream());
                while (await reader.ReadLineAsync(_stop.Token) is { } line)
                    Take(line.Split(' '));
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // A container that was killed, or the end of the test.
            }
        }
    }

    private void Take(string[] words)
    {
        // The last line of one that was killed may be half a line.
        if (words.Length != 4 || !double.TryParse(words[3], CultureInfo.InvariantCulture, out var uptime) || !words[3].Contains('.', StringComparison.Ordinal))
            return;
        lock (_lock)
        {
            _lives[words[2]] = _lives.TryGetValue(words[2], out var known)
                ? known with { First = Math.Min(known.First, uptime), Last = Math.Max(known.Last, uptime) }
                : new PetLife(words[0], long.Parse(words[1], CultureInfo.InvariantCulture), words[2], uptime, uptime);
        }
    }
}

/// <summary>A container of a pet, as far as it was heard or seen.</summary>
/// <param name="Pet">Its name.</param>
/// <param name="Epoch">As the container knows it.</param>
/// <param name="Container">Which one.</param>
/// <param name="First">When it was first alive for sure, in seconds.</param>
/// <param name="Last">When it was last alive for sure, by the same clock.</param>
public sealed record PetLife(string Pet, long Epoch, string Container, double First, double Last)
{
    /// <summary>Says which of these were alive together, or came after one with a higher epoch. Empty: nobody.</summary>
    public static IReadOnlyList<string> Doubles(IEnumerable<PetLife> lives)
    {
        var problems = new List<string>();
        foreach (var pet in lives.GroupBy(life => life.Pet))
        {
            var sorted = pet.OrderBy(life => life.First).ToList();
            for (var later = 1; later < sorted.Count; later++)
            {
                foreach (var earlier in sorted.Take(later))
                {
                    if (sorted[later].First <= earlier.Last)
                        problems.Add($"{sorted[later]} began while {earlier} was alive");
                    if (sorted[later].Epoch < earlier.Epoch)
                        problems.Add($"{sorted[later]} came after {earlier}, whose epoch is higher");
                }
            }
        }

        return problems;
    }
}
