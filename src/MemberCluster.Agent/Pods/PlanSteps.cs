using System.Collections.Immutable;

namespace MemberCluster.Agent.Pods;

/// <summary>A plan while it is being made.</summary>
internal sealed class PlanSteps(PlanContext context)
{
    private readonly ImmutableArray<PodAction>.Builder _actions = ImmutableArray.CreateBuilder<PodAction>();
    private DateTimeOffset? _nextLook;

    public PlanContext Context => context;

    public void Add(PodAction action) => _actions.Add(action);

    /// <summary>The action now, or once its time has come.</summary>
    public void AddAt(DateTimeOffset due, PodAction action)
    {
        if (action is PodAction.Run && context.CreationsPausedUntil > due)
            due = context.CreationsPausedUntil.Value;
        if (due <= context.Now)
            _actions.Add(action);
        else
            _nextLook = _nextLook < due ? _nextLook : due;
    }

    /// <summary>The action once the pod's last failure with this container allows it.</summary>
    public void Retry(ObservedPod pod, string slot, PodAction action) => Retry(pod, slot, DateTimeOffset.MinValue, action);

    public void Retry(ObservedPod pod, string slot, DateTimeOffset due, PodAction action)
    {
        var retryAt = pod.FailureOf(slot)?.NotBefore ?? DateTimeOffset.MinValue;
        AddAt(retryAt > due ? retryAt : due, action);
    }

    public PodPlan ToPlan(bool isConverged) =>
        new(_actions.ToImmutable(), _nextLook, isConverged && _actions.Count == 0 && _nextLook is null);
}
