using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>What one step of a pusher came to.</summary>
/// <param name="IsPushing">False: another process pushes.</param>
/// <param name="Serial">Of ours, which the other server has come to.</param>
/// <param name="Changed">Names that were updated.</param>
/// <param name="Owned">Names at which there are records of ours.</param>
/// <param name="Problems">Names that cannot be as they should.</param>
/// <param name="NewProblems">Sentences about those that were not said before.</param>
internal sealed record UpdateStep(bool IsPushing, uint Serial, int Changed, int Owned, int Problems, IReadOnlyList<string> NewProblems);

/// <summary>How a target is doing, for metrics and people. Written by its pusher, read by everyone.</summary>
internal sealed class UpdateStatus(UpdateTarget target, DnsName zone, TimeProvider time)
{
    private State _state = new(false, 0, 0, 0, 0, null, time.GetTimestamp());

    public UpdateTarget Target => target;

    /// <summary>The server's.</summary>
    public DnsName Zone => zone;

    public State Current => Volatile.Read(ref _state);

    /// <summary>Seconds since a step succeeded.</summary>
    public double Age => time.GetElapsedTime(Current.At).TotalSeconds;

    public void Reach(UpdateStep step) =>
        Volatile.Write(ref _state, new State(step.IsPushing, step.Serial, step.Owned, step.Problems, Current.Changed + step.Changed, null, time.GetTimestamp()));

    public void Fail(string reason) => Volatile.Write(ref _state, Current with { Failure = reason });

    /// <param name="Changed">Names updated by this process in all.</param>
    /// <param name="Failure">Why the last step failed; null: it did not.</param>
    /// <param name="At">When a step succeeded last.</param>
    internal sealed record State(bool IsPushing, uint Serial, int Owned, int Problems, long Changed, string? Failure, long At);
}
