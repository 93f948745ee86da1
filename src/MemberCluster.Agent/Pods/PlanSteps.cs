using System.Collections.Immutable;

namespace MemberCluster.Agent.Pods;

/// <summary>A plan while it is being made.</summary>
internal sealed class PlanSteps(PlanContext context)
{
    private readonly ImmutableArray<PodAction>.Builder _actions = ImmutableArray.CreateBuilder<PodAction>();
    private DateTimeOffset? _nextLook;
    private DateTimeOffset? _watched;
    private bool _isHeldBack;

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

    /// <summary>Nothing is to be done, but it may be then.</summary>
    public void LookAgainAt(DateTimeOffset due) => _watched = _watched < due ? _watched : due;

    /// <summary>Something waits for a permission to run fenced pets.</summary>
    public void HoldBack() => _isHeldBack = true;

    /// <summary>Adds those of these steps to others that are allowed there.</summary>
    /// <returns>True: some were not.</returns>
    public bool TakeIn(PlanSteps others, Func<PodAction, bool> isAllowed)
    {
        foreach (var action in _actions.Where(isAllowed))
            others.Add(action);
        if (_nextLook is { } due)
            others.LookAgainAt(due);
        return !_actions.All(isAllowed);
    }

    public PodPlan ToPlan(bool isConverged) =>
        new(_actions.ToImmutable(), _nextLook < _watched ? _nextLook : _watched ?? _nextLook, isConverged && _actions.Count == 0 && _nextLook is null && !_isHeldBack) { IsHeldBack = _isHeldBack };
}
