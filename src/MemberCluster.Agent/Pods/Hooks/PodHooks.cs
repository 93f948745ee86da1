using System.Net;
using Federation.Api.Apps;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Runtime;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Pods.Hooks;

/// <summary>Carries out what a container wants done right after its start and right before its stop. A failure is a value.</summary>
internal sealed class PodHooks(IProber prober, IContainers containers, TimeProvider time)
{
    /// <returns>Why it failed; null when it did not.</returns>
    public async Task<string?> RunAsync(LifecycleHandler hook, string container, ContainerSpec spec, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (hook.Sleep is { } sleep)
        {
            var pause = TimeSpan.FromSeconds(sleep.Seconds);
            await Task.Delay(pause < limit ? pause : limit, time, cancellationToken);
            return null;
        }

        try
        {
            var address = hook.HttpGet is null ? null : await AddressOfAsync(container, cancellationToken);
            var target = new ProbeTarget(container, address, default, default, spec);
            var attempt = new Probe { Exec = hook.Exec, HttpGet = hook.HttpGet, TimeoutSeconds = (int)Math.Ceiling(Math.Min(limit.TotalSeconds, int.MaxValue)) };
            var result = await prober.ProbeAsync(target, attempt, cancellationToken);
            return result.Succeeded == true ? null : result.Detail;
        }
        catch (RuntimeException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>The pod's: its own, or that of the container whose network it shares.</summary>
    private async Task<IPAddress?> AddressOfAsync(string container, CancellationToken cancellationToken)
    {
        var found = await containers.InspectAsync(container, cancellationToken);
        var owner = found.SharesNetworkOf is { } holder ? await containers.InspectAsync(holder, cancellationToken) : found;
        return IPAddress.TryParse(owner.IpAddress, out var address) ? address : null;
    }
}
