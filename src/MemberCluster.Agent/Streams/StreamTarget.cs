using System.Collections.Immutable;
using Federation.Api.Agents;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Streams;

/// <summary>Which container a request means.</summary>
/// <param name="Container">The engine's id.</param>
/// <param name="Address">Of the pod; null when it has none.</param>
internal sealed record StreamTarget(string Container, string? Address)
{
    public static (StreamTarget? Found, StreamRefusal? Refusal) Find(IReadOnlyDictionary<string, UidState> uids, StreamRequest request)
    {
        var found = uids.Values.Select(state => (State: state, Pod: state.Pods.GetValueOrDefault(request.Pod)))
            .FirstOrDefault(pair => pair.Pod?.Identity.Namespace == request.Namespace);
        if (found.Pod is null)
            return Refused(404, $"pods \"{request.Pod}\" not found");
        var observed = found.State.Observe().First(pod => pod.Name == request.Pod);
        return request.Kind switch
        {
            StreamKind.Logs => FindLog(observed, request),
            StreamKind.Exec or StreamKind.Attach => FindRunning(observed, request),
            StreamKind.PortForward => FindNetwork(observed),
            _ => Refused(400, $"the agent of this cluster does not know streams of kind {request.Kind}"),
        };
    }

    private static (StreamTarget?, StreamRefusal?) FindLog(ObservedPod pod, StreamRequest request)
    {
        if (SlotOf(pod, request) is not { } slot)
            return NoSlot(pod, request);
        var lives = LivesOf(pod, slot);
        if (request.Previous)
            return lives.Length > 1 ? (new StreamTarget(lives[1].Id, null), null) : Refused(400, $"previous terminated container \"{slot}\" in pod \"{pod.Name}\" not found");
        // One that was made and never ran has printed nothing: the asker is told why it waits.
        return lives is [{ StartedAt: not null }, ..]
            ? (new StreamTarget(lives[0].Id, null), null)
            : Refused(400, $"container \"{slot}\" in pod \"{pod.Name}\" is waiting to start: {pod.FailureOf(slot)?.Reason ?? Reasons.ContainerCreating}");
    }

    private static (StreamTarget?, StreamRefusal?) FindRunning(ObservedPod pod, StreamRequest request)
    {
        if (SlotOf(pod, request) is not { } slot)
            return NoSlot(pod, request);
        var latest = LivesOf(pod, slot).FirstOrDefault();
        return latest is { IsRunning: true }
            ? (new StreamTarget(latest.Id, null), null)
            : Refused(400, $"container \"{slot}\" in pod \"{pod.Name}\" is not running: {Describe(pod, slot, latest)}");
    }

    private static (StreamTarget?, StreamRefusal?) FindNetwork(ObservedPod pod) =>
        pod.Holder is { IsRunning: true } holder
            ? (new StreamTarget(holder.Id, holder.IpAddress), null)
            : Refused(400, $"unable to forward port because pod {pod.Name} is not running");

    private static string Describe(ObservedPod pod, string slot, ObservedContainer? latest) =>
        latest is { IsDead: true } ? $"it ended with exit code {latest.ExitCode ?? 0}" : pod.FailureOf(slot)?.Reason ?? Reasons.ContainerCreating;

    private static string? SlotOf(ObservedPod pod, StreamRequest request) =>
        request.Container ?? (pod.Latest is [var only] ? only.Slot : null);

    private static (StreamTarget?, StreamRefusal?) NoSlot(ObservedPod pod, StreamRequest request) => Refused(400, pod.Latest.IsEmpty
        ? $"no container of {request.Pod} was made yet"
        : $"a container name must be specified for pod {request.Pod}, choose one of: [{string.Join(' ', pod.Latest.Select(container => container.Slot))}]");

    /// <summary>The containers that had this name, newest first.</summary>
    private static ImmutableArray<ObservedContainer> LivesOf(ObservedPod pod, string slot) =>
    [
        .. pod.Containers.Where(container => container.Slot == slot)
            .OrderByDescending(container => container.Restarts).ThenByDescending(container => container.CreatedAt),
    ];

    private static (StreamTarget?, StreamRefusal?) Refused(int code, string message) => (null, new StreamRefusal(code, message));
}
