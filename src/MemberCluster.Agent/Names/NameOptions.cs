using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Names;

/// <summary>How names are found from containers.</summary>
internal sealed record NameOptions
{
    /// <summary>The federation's DNS zone, in lower case and without a final dot.</summary>
    /// <value>Default: none; names without it are answered all the same.</value>
    public string? Zone { get; init; }

    public required string Region { get; init; }

    /// <summary>The federation's name servers.</summary>
    /// <value>Default: none; the machine's resolvers are asked.</value>
    public ImmutableArray<IPEndPoint> Federation { get; init; } = [];

    /// <summary>The machine's resolvers.</summary>
    public ImmutableArray<IPEndPoint> Outside { get; init; } = [];

    /// <summary>Where containers' questions arrive.</summary>
    /// <value>Default: 53, the only port that containers ask.</value>
    public int Port { get; init; } = 53;

    /// <summary>The resolvers that a file such as <c>/etc/resolv.conf</c> names.</summary>
    public static ImmutableArray<IPEndPoint> ResolversIn(string path)
    {
        try
        {
            return
            [
                .. File.ReadLines(path).Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                    .Where(words => words is ["nameserver", _, ..])
                    .Select(words => IPAddress.TryParse(words[1], out var address) ? new IPEndPoint(address, 53) : null)
                    .OfType<IPEndPoint>(),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
