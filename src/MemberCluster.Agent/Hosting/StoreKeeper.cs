using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Hosting;

/// <summary>Tries again what could not be stored, and tells when the data directory fails and when it works again.</summary>
/// <param name="retry">Stores what is not stored.</param>
/// <param name="problem">Why the last attempt failed; null: everything is stored.</param>
/// <param name="tell">Tells an event: whether it is a warning, its reason and its message.</param>
/// <param name="time">For the pauses.</param>
internal sealed class StoreKeeper(Action retry, Func<string?> problem, Action<bool, string, string> tell, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? told = null;
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            retry();
            var now = problem();
            if (now is not null && told is null)
                tell(true, Reasons.DataDirectoryFailed, $"The agent runs on from memory: {now}");
            else if (now is null && told is not null)
                tell(false, "DataDirectoryRecovered", "The works are stored again");
            told = now;
        }
    }
}
