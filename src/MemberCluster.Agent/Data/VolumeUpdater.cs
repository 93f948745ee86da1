using System.Collections.Immutable;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Pods;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Data;

/// <summary>Brings changes of ConfigMaps, Secrets and fields to the files of pods that run, and removes the directories of pods that are gone.</summary>
/// <remarks>The controller's loop only says what there is now; files are written elsewhere, one pod after the other, in the order it was said.</remarks>
/// <param name="directories">Where the files are.</param>
/// <param name="held">The work that is held for a uid when its files are written.</param>
/// <param name="time">For retries, and for the names of versions.</param>
/// <param name="logger">Gets what cannot be written.</param>
internal sealed partial class VolumeUpdater(DataDirectories directories, Func<string, Work?> held, TimeProvider time, ILogger<VolumeUpdater> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Channel<Func<CancellationToken, Task>> _orders = Channel.CreateUnbounded<Func<CancellationToken, Task>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, string> _said = [];

    /// <summary>Called from the controller's loop.</summary>
    /// <param name="work">What is held; null keeps every file as it is.</param>
    /// <param name="pods">Its pods.</param>
    /// <param name="templates">The templates they were made from, by hash.</param>
    /// <param name="settings">Of the machine.</param>
    public void Update(Work? work, ImmutableArray<ObservedPod> pods, IReadOnlyDictionary<string, PodTemplate> templates, PodSettings settings)
    {
        if (work is null)
            return;
        string? pets = null;
        foreach (var pod in pods.Where(pod => !pod.IsStopping && !pod.Containers.IsEmpty))
        {
            if (templates.GetValueOrDefault(pod.Identity.TemplateHash) is not { } template || !(template.Spec.Volumes.Any(VolumeFiles.IsData) || pod.Identity.Epoch is not null))
                continue;
            var facts = PodData.FactsOf(pod.Identity, template, settings) with { PodIP = pod.Holder?.IpAddress ?? "" };
            // A container that is new may have brought a volume with it.
            pets ??= pod.Identity.Epoch is null ? null : PetsFile.VersionOf(work);
            var state = string.Join(' ', [facts.PodIP, facts.Node, pets, .. work.Data.Select(data => data.Version), .. pod.Containers.Select(container => container.Id)]);
            if (_said.TryGetValue(pod.Identity.Uid, out var said) && said == state)
                continue;
            _said[pod.Identity.Uid] = state;
            _orders.Writer.TryWrite(cancellationToken => WriteAsync(facts, work.Uid, cancellationToken));
        }
    }

    /// <summary>The pod is gone.</summary>
    public void Remove(PodIdentity pod)
    {
        _said.Remove(pod.Uid);
        Order(() => RemoveNow(DataDirectories.NameOf(pod.Uid)));
    }

    /// <summary>Removes the directories of pods that a former agent did not come to remove.</summary>
    /// <param name="uids">Of the pods that exist; looked at now, before new ones are made.</param>
    public void RemoveLeftovers(IReadOnlySet<string> uids)
    {
        var known = uids.Select(DataDirectories.NameOf).ToHashSet();
        foreach (var leftover in directories.List().Where(name => !known.Contains(name)))
            Order(() => RemoveNow(leftover));
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var order in _orders.Reader.ReadAllAsync(cancellationToken))
            await order(cancellationToken);
    }

    private void Order(Action action) => _orders.Writer.TryWrite(_ =>
    {
        action();
        return Task.CompletedTask;
    });

    private async Task WriteAsync(PodFacts pod, string workUid, CancellationToken cancellationToken)
    {
        try
        {
            lock (directories.Gate)
            {
                if (held(workUid) is not { } work)
                    return;
                foreach (var volume in pod.Template.Spec.Volumes.Where(VolumeFiles.IsData))
                    Write(volume, pod, work);
                var ofPets = directories.VolumeOf(pod.Uid, PetsFile.Volume, isSecret: false);
                if (AtomicDirectory.Exists(ofPets) && AtomicDirectory.Write(ofPets, PetsFile.Files(work), group: null, time.GetUtcNow()))
                    LogUpdated(pod.Name, PetsFile.Volume);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(pod.Name, exception.Message);
            await Task.Delay(RetryAfter, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _orders.Writer.TryWrite(token => WriteAsync(pod, workUid, token));
        }
    }

    /// <summary>Only what the pod has mounted already, and only when all of it is known: what was deleted takes no file away.</summary>
    private void Write(Volume volume, PodFacts pod, Work work)
    {
        var path = directories.VolumeOf(pod.Uid, volume.Name, VolumeFiles.IsSecret(volume));
        var files = VolumeFiles.Of(volume, work, pod, out var missing);
        if (missing is null && AtomicDirectory.Exists(path) && AtomicDirectory.Write(path, files, pod.Template.Spec.SecurityContext?.FsGroup, time.GetUtcNow()))
            LogUpdated(pod.Name, volume.Name);
    }

    private void RemoveNow(string name)
    {
        try
        {
            lock (directories.Gate)
                directories.Remove(name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next start of the agent looks again.
            LogNotRemoved(name, exception.Message);
        }
    }

    [LoggerMessage(EventId = 601, Level = LogLevel.Debug, Message = "{Pod}: the files of volume {Volume} are new")]
    private partial void LogUpdated(string pod, string volume);

    [LoggerMessage(EventId = 602, Level = LogLevel.Warning, Message = "{Pod}: its files cannot be written, which is tried again. {Problem}")]
    private partial void LogNotWritten(string pod, string problem);

    [LoggerMessage(EventId = 603, Level = LogLevel.Warning, Message = "The directory of pod {Pod} cannot be removed. {Problem}")]
    private partial void LogNotRemoved(string pod, string problem);
}
