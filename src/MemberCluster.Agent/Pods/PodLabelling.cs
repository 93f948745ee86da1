using System.Collections.Immutable;
using Federation.Api;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Pods;

/// <summary>A pod's identity as labels of its containers, and back.</summary>
internal static class PodLabelling
{
    public static ImmutableDictionary<string, string> Of(PodIdentity pod, string cluster, string region, PodAction.Run run, bool isInit)
    {
        var labels = ImmutableDictionary.CreateRange<string, string>(
        [
            new(PodLabels.Cluster, cluster),
            new(PodLabels.Region, region),
            new(PodLabels.Uid, pod.WorkUid),
            new(PodLabels.Kind, pod.Kind),
            new(PodLabels.Namespace, pod.Namespace),
            new(PodLabels.Name, pod.Owner),
            new(PodLabels.Revision, pod.Revision.ToString()),
            new(PodLabels.TemplateHash, pod.TemplateHash),
            new(PodLabels.Pod, pod.Name),
            new(PodLabels.PodUid, pod.Uid),
            new(PodLabels.Ordinal, pod.Ordinal.ToString()),
            new(PodLabels.Container, run.Slot),
            new(AgentLabels.Restarts, run.Restarts.ToString()),
            new(AgentLabels.CrashLevel, run.CrashLevel.ToString()),
            new(AgentLabels.Grace, ((long)pod.Grace.TotalSeconds).ToString()),
            new(AgentLabels.RestartPolicy, pod.RestartPolicy.ToString()),
            new(AgentLabels.Containers, pod.Containers.ToString()),
        ]);
        if (pod.Epoch is { } epoch)
            labels = labels.Add(PodLabels.Epoch, epoch.ToString());
        if (pod.IsFenced)
            labels = labels.Add(PodLabels.Fenced, "true");
        if (pod.Attempt > 0)
            labels = labels.Add(AgentLabels.Attempt, pod.Attempt.ToString());
        return isInit ? labels.Add(AgentLabels.Init, "true") : labels;
    }

    /// <summary>Null for a container that is no pod's.</summary>
    public static PodIdentity? Read(ImmutableDictionary<string, string> labels)
    {
        if (!labels.TryGetValue(PodLabels.Uid, out var workUid) || !labels.TryGetValue(PodLabels.Pod, out var name) || !labels.ContainsKey(PodLabels.Container))
            return null;
        return new PodIdentity
        {
            Name = name,
            Uid = labels.GetValueOrDefault(PodLabels.PodUid, name),
            WorkUid = workUid,
            Kind = labels.GetValueOrDefault(PodLabels.Kind, ""),
            Namespace = labels.GetValueOrDefault(PodLabels.Namespace, ""),
            Owner = labels.GetValueOrDefault(PodLabels.Name, ""),
            TemplateHash = labels.GetValueOrDefault(PodLabels.TemplateHash, ""),
            Revision = Number(labels, PodLabels.Revision),
            Ordinal = (int)Number(labels, PodLabels.Ordinal),
            Attempt = (int)Number(labels, AgentLabels.Attempt),
            Epoch = labels.ContainsKey(PodLabels.Epoch) ? Number(labels, PodLabels.Epoch) : null,
            IsFenced = labels.ContainsKey(PodLabels.Fenced),
            Grace = TimeSpan.FromSeconds(Number(labels, AgentLabels.Grace, PodContainers.DefaultGraceSeconds)),
            RestartPolicy = Enum.TryParse<RestartPolicy>(labels.GetValueOrDefault(AgentLabels.RestartPolicy), out var policy) ? policy : RestartPolicy.Always,
            Containers = (int)Number(labels, AgentLabels.Containers),
        };
    }

    public static ObservedContainer Observe(Container container, Readiness readiness, bool livenessFailed) => new()
    {
        IsInit = container.Labels.ContainsKey(AgentLabels.Init),
        Id = container.Id,
        Slot = container.Labels.GetValueOrDefault(PodLabels.Container, ""),
        State = container.State,
        CreatedAt = container.CreatedAt,
        StartedAt = container.StartedAt,
        FinishedAt = container.FinishedAt,
        ExitCode = container.ExitCode,
        OomKilled = container.OomKilled,
        Error = container.Error,
        IpAddress = container.IpAddress,
        SharesNetworkOf = container.SharesNetworkOf,
        Image = container.Image,
        ImageId = container.ImageId,
        RepoDigests = container.RepoDigests,
        Restarts = (int)Number(container.Labels, AgentLabels.Restarts),
        CrashLevel = (int)Number(container.Labels, AgentLabels.CrashLevel),
        Readiness = readiness,
        LivenessFailed = livenessFailed,
    };

    private static long Number(ImmutableDictionary<string, string> labels, string name, long otherwise = 0) =>
        labels.TryGetValue(name, out var text) && long.TryParse(text, out var number) ? number : otherwise;
}
