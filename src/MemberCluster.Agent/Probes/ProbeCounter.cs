using Federation.Api.Apps;

namespace MemberCluster.Agent.Probes;

/// <summary>Counts the results of one probe in a row against its thresholds. Pure.</summary>
/// <param name="Passing">The verdict; null until there is one.</param>
/// <param name="Successes">In a row.</param>
/// <param name="Failures">In a row.</param>
internal readonly record struct ProbeCounter(bool? Passing, int Successes, int Failures)
{
    /// <param name="probe">Its thresholds; Kubernetes' defaults 1 and 3.</param>
    /// <param name="succeeded">The result.</param>
    /// <param name="isFirstDecisive">A first failure is a verdict: nothing is known that three failures would have to overturn.</param>
    public ProbeCounter Count(Probe probe, bool succeeded, bool isFirstDecisive)
    {
        var successes = succeeded ? Successes + 1 : 0;
        var failures = succeeded ? 0 : Failures + 1;
        var passing = Passing;
        if (successes >= (probe.SuccessThreshold ?? 1))
            passing = true;
        else if (failures >= (probe.FailureThreshold ?? 3) || (failures > 0 && isFirstDecisive && Passing is null))
            passing = false;
        return new ProbeCounter(passing, successes, failures);
    }
}
