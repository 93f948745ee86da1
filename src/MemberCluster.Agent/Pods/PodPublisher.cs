using System.Collections.Immutable;
using System.Net;
using Federation.Api.Agents;
using Federation.Api.Json;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Names;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Services;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Pods;

/// <summary>Tells probes, services and reports about the pods of one uid. Each of them looks for itself whether that is news.</summary>
internal sealed class PodPublisher(
    ProbeRunner probes, IServicePlane plane, ContainerNames names, ReportContents contents, VolumeUpdater volumes, AgentEvents events, Action poke, ImmutableArray<IPAddress> listen, TimeProvider time)
{
    private readonly Dictionary<string, Trouble> _troubles = [];

    public void PublishProbes(string uid, UidState state, ImmutableArray<ObservedPod> pods) => probes.Update(uid, TargetsOf(state, pods));

    /// <summary>Traffic follows at once what was decided; a pod that is to stop is out before its stop begins.</summary>
    /// <param name="uid">The work.</param>
    /// <param name="held">What is held for it; null: this node runs nothing of it.</param>
    /// <param name="elsewhere">Where other nodes serve it; null: nowhere.</param>
    /// <param name="pods">This node's.</param>
    /// <param name="settings">Of the agent.</param>
    public void PublishTraffic(string uid, HeldWork? held, WorkEndpoints? elsewhere, ImmutableArray<ObservedPod> pods, PodSettings settings)
    {
        var endpoints = ServiceEndpoints.Of(uid, held?.Work, elsewhere, pods, settings.ServiceAddresses(listen));
        plane.Update(uid, endpoints);
        var served = endpoints.Where(endpoint => !endpoint.Backends.IsEmpty || !endpoint.Peers.IsEmpty).ToList();
        var isServed = served.Exists(endpoint => endpoint.Ordinal is null);
        var pets = IndexSet.Of(served.Select(endpoint => endpoint.Ordinal).OfType<int>());
        names.Update(uid, held?.Work?.Namespace ?? elsewhere?.Namespace ?? "", held?.Work?.Name ?? elsewhere?.Name ?? "", isServed, pets);
    }

    public void PublishStatus(string uid, UidState state, HeldWork? held, ImmutableArray<ObservedPod> pods, PodSettings settings, bool isConverged, Trouble? outside, PetFacts facts, DateTimeOffset now)
    {
        var port = state.PortProblems.Values.FirstOrDefault();
        var trouble = outside ?? (port is null ? null : new Trouble(Reasons.PortUnavailable, port));
        var status = PetStatuses.Complete(WorkView.Of(uid, held, pods, isConverged, trouble, now), held, pods, facts, settings.Node);
        var isNews = contents.SetWork(status);
        volumes.Update(held?.Work, pods, state.Templates, settings);
        var wall = time.GetUtcNow();
        foreach (var pod in pods)
            isNews |= Show(state, pod, settings, now, wall);
        TellTrouble(status);
        if (isNews)
            poke();
    }

    public void RemovePod(PodIdentity pod)
    {
        volumes.Remove(pod);
        contents.RemovePod(new PodName(pod.Namespace, pod.Name));
        poke();
    }

    public void RemoveWork(string uid)
    {
        _troubles.Remove(uid);
        contents.RemoveWork(uid);
    }

    private bool Show(UidState state, ObservedPod pod, PodSettings settings, DateTimeOffset now, DateTimeOffset wall)
    {
        var known = state.Pods[pod.Name];
        var template = state.Templates.GetValueOrDefault(pod.Identity.TemplateHash);
        var shown = PodView.Of(pod, template, settings, now, wall, known.Shown, known.StoppingSince);
        var bytes = ApiJson.ToUtf8(shown);
        if (known.ShownAs.AsSpan().SequenceEqual(bytes))
            return false;
        (known.Shown, known.ShownAs) = (shown, bytes);
        contents.SetPod(shown);
        return true;
    }

    /// <summary>An event when a work gets into trouble or into another one; how it goes on is in its status.</summary>
    private void TellTrouble(WorkStatus status)
    {
        _troubles.TryGetValue(status.Uid, out var before);
        if (status.Reason is null)
        {
            if (_troubles.Remove(status.Uid))
                events.OfWork(status, isWarning: false, "Recovered", $"{before!.Reason} is over");
            return;
        }

        _troubles[status.Uid] = new Trouble(status.Reason, status.Message ?? "");
        if (before?.Reason != status.Reason)
            events.OfWork(status, isWarning: true, status.Reason, status.Message ?? "");
    }

    private static IEnumerable<ProbeTarget> TargetsOf(UidState state, ImmutableArray<ObservedPod> pods) =>
        from pod in pods
        where !pod.IsStopping && !pod.IsStill
        let address = pod.Address
        from container in pod.Latest
        where container.IsRunning && !container.LivenessFailed
        let spec = state.TemplateOf(pod.Identity, container.Slot)
        where spec is not null && (spec.StartupProbe ?? spec.ReadinessProbe ?? spec.LivenessProbe) is not null
        select new ProbeTarget(container.Id, address, container.StartedAt ?? container.CreatedAt, container.BeganAt ?? container.CreatedAt, spec, container.HasStarted);
}
