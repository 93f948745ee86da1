using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>Fetches images, each one once however many pods wait for it, and few at a time.</summary>
internal sealed class ImagePuller(IImages images) : IDisposable
{
    private const int Parallelism = 3;

    private readonly SemaphoreSlim _slots = new(Parallelism);
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
        _slots.Dispose();
    }

    private async Task PullOnceAsync(string key, string reference, PullCredentials credentials)
    {
        try
        {
            await _slots.WaitAsync(_stop.Token);
            try
            {
                Pulled?.Invoke(await PullWithAnyAsync(reference, credentials));
            }
            finally
            {
                _slots.Release();
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

    private static string KeyOf(string reference, ImmutableArray<RegistryAuth> auths)
    {
        if (auths.IsEmpty)
            return reference;
        var text = string.Join('\n', auths.Select(auth => $"{auth.Username}\0{auth.Password}\0{auth.IdentityToken}"));
        return $"{reference} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
    }
}
