using System.Globalization;
using Federation.Api.Agents;
using Federation.Api.Streams;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Snapshots;
using MemberCluster.Agent.Streams;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Volumes;

/// <summary>A pet's volume for the cluster that it goes to.</summary>
/// <param name="cluster">Whose volumes they are.</param>
/// <param name="volumes">Of the machine.</param>
/// <param name="readers">Shared with those who start pets.</param>
/// <param name="isNeeded">Whether the pet has a pod here, or is to have one.</param>
/// <param name="items">What is no pet's any more.</param>
internal sealed class VolumeSource(string cluster, IVolumes volumes, VolumeReaders readers, Func<PodName, string, int, CancellationToken, Task<bool>> isNeeded, SnapshotSource items)
{
    /// <param name="request">Namespace and pod are the pet's.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="RuntimeException">The engine's refusal.</exception>
    public async Task<(IStreamContent? Content, StreamRefusal? Refusal)> OpenAsync(StreamRequest request, CancellationToken cancellationToken)
    {
        if (request.Volume is { Snapshot: not null })
            return await items.OpenAsync(request, cancellationToken);
        if (request.Volume is not { } wanted || OwnerOf(request.Pod, wanted.Ordinal) is not { } owner)
            return (null, new StreamRefusal(400, "the request does not say which volume of which pet it is about"));
        var name = PodVolumes.NameOf(cluster, request.Namespace, owner, wanted.Claim, wanted.Ordinal);
        var reader = readers.Enter(name);
        try
        {
            if (await isNeeded(new PodName(request.Namespace, request.Pod), wanted.WorkUid, wanted.Ordinal, cancellationToken))
                return Leave(reader, 409, $"{request.Pod} runs or is to run on this machine: its volume {wanted.Claim} is not read meanwhile");
            if (await volumes.FindAsync(name, cancellationToken) is null)
                return Leave(reader, 404, $"there is no volume {wanted.Claim} of {request.Pod} on this machine");
            if (await volumes.FindAsync(VolumeMarks.NameOf(name), cancellationToken) is not null)
                return Leave(reader, 409, $"the volume {wanted.Claim} of {request.Pod} on this machine is not whole");
            var contents = await volumes.OpenAsync(name, VolumeMarks.HolderLabels(cluster, name), cancellationToken);
            return (new Content(contents, reader, wanted.Skip), null);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Whether a pet is no matter of this machine, as far as works and pods say.</summary>
    public static bool IsNeeded(IReadOnlyDictionary<string, UidState> uids, HeldWork? held, PodName pet, string uid, int ordinal) =>
        held?.Work?.Pets?.Run.Any(run => run.Ordinal == ordinal) == true
        || uids.GetValueOrDefault(uid)?.Pods.Values.Any(pod => pod.Identity.Epoch is not null && pod.Identity.Ordinal == ordinal) == true
        || uids.Values.Any(state => state.Pods.TryGetValue(pet.Name, out var pod) && pod.Identity.Namespace == pet.Namespace);

    private static string? OwnerOf(string pet, int ordinal)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $"-{ordinal}");
        return pet.Length > suffix.Length && pet.EndsWith(suffix, StringComparison.Ordinal) ? pet[..^suffix.Length] : null;
    }

    private static (IStreamContent?, StreamRefusal?) Leave(VolumeReaders.Reader reader, int code, string message)
    {
        reader.Dispose();
        return (null, new StreamRefusal(code, message));
    }

    private sealed class Content(IVolumeContents contents, VolumeReaders.Reader reader, long skip) : IStreamContent
    {
        public async Task CopyAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, reader.Cut);
            await using var tar = await contents.ReadAsync(ending.Token);
            await VolumeRelay.CopyAsync(tar, skip, (part, token) => tunnel.WriteAsync(StreamChannel.Output, part, token), ending.Token);
        }

        public async ValueTask DisposeAsync()
        {
            reader.Dispose();
            await contents.DisposeAsync();
        }
    }
}
