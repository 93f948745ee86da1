using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Fetches images, each one once however many pods wait for it, and few at a time from one registry: one that is slow holds up no other.</summary>
internal sealed class ImagePuller(IImages images) : IDisposable
{
    private const int Parallelism = 3;

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _slots = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _pulls = [];

    /// <summary>Called with every image that was fetched.</summary>
    public Action<Image>? Pulled { get; set; }

    /// <summary>One caller that gives up does not end the pull for the others. Who has other credentials pulls for himself.</summary>
    public Task PullAsync(string reference, PullCredentials credentials, CancellationToken cancellationToken)
    {
        Task pull;
        var key = KeyOf(reference, credentials.Auths);
        lock (_lock)
        {
            if (!_pulls.TryGetValue(key, out pull!))
            {
                pull = PullOnceAsync(key, reference, credentials);
                if (!pull.IsCompleted)
                    _pulls[key] = pull;
            }
        }

        return pull.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        foreach (var slots in _slots.Values)
            slots.Dispose();
    }

    private async Task PullOnceAsync(string key, string reference, PullCredentials credentials)
    {
        try
        {
            var slots = _slots.GetOrAdd(RegistryOf(reference), static _ => new SemaphoreSlim(Parallelism));
            await slots.WaitAsync(_stop.Token);
            try
            {
                Pulled?.Invoke(await PullWithAnyAsync(reference, credentials));
            }
            finally
            {
                slots.Release();
            }
        }
        finally
        {
            lock (_lock)
                _pulls.Remove(key);
        }
    }

    /// <summary>The closest credentials first; without any, as anybody.</summary>
    private async Task<Image> PullWithAnyAsync(string reference, PullCredentials credentials)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return await images.PullAsync(reference, i < credentials.Auths.Length ? credentials.Auths[i] : null, progress: null, _stop.Token);
            }
            catch (RuntimeException exception) when (exception.PullReason == PullFailureReason.Unauthorized && i + 1 < credentials.Auths.Length)
            {
                // The next ones may fit.
            }
            catch (RuntimeException exception) when (!credentials.Missing.IsEmpty)
            {
                throw new RuntimeException(exception.Failure, $"{exception.Message} ({string.Join("; ", credentials.Missing)})", exception) { PullReason = exception.PullReason };
            }
        }
    }

    /// <summary>What cannot be the name of an image is refused where it is pulled.</summary>
    private static string RegistryOf(string reference) => ImageReference.TryParse(reference, out var parsed) ? parsed.Registry : "";

    private static string KeyOf(string reference, ImmutableArray<RegistryAuth> auths)
    {
        if (auths.IsEmpty)
            return reference;
        var text = string.Join('\n', auths.Select(auth => $"{auth.Username}\0{auth.Password}\0{auth.IdentityToken}"));
        return $"{reference} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
    }
}
