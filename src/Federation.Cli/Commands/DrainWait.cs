using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Pods;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

/// <summary>Waits until a drained machine is empty and no client is sent there any more, and says of each pod when it has left.</summary>
internal sealed class DrainWait(FederationClient client, IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <param name="timeout">Null: for ever.</param>
    /// <exception cref="CliException">The time is over: what is left, and why.</exception>
    public async Task RunAsync(string node, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var names = new DrainedNames(client, console, time, node);
        var left = new Dictionary<string, Pod>();
        for (var isFirst = true; ; isFirst = false)
        {
            var now = (await client.ListMovablePodsAsync(node, cancellationToken)).ToDictionary(pod => pod.Metadata.Uid ?? pod.Metadata.Name);
            if (isFirst && now.Count > 0)
                console.WriteLine($"{now.Count} {(now.Count == 1 ? "pod" : "pods")} to move from {node}");
            foreach (var (uid, gone) in left.Where(pod => !now.ContainsKey(pod.Key)))
                console.WriteLine($"{NameOf(gone)} moved ({now.Count} left)");
            left = now;
            var held = await names.LookAsync(cancellationToken);
            if (now.Count == 0 && held <= TimeSpan.Zero)
                return;
            if (time.GetElapsedTime(started) >= timeout)
            {
                var what = now.Count == 0
                    ? held is null ? "is still in DNS" : "may still be in answers that resolvers hold"
                    : $"still runs {string.Join(", ", now.Values.Select(NameOf))}";
                throw new CliException($"{node} {what} after {DurationConverter.Format(timeout.Value)}{await WhyAsync(node, now.Values, cancellationToken)}. The drain goes on; `fed uncordon {node}` ends it.");
            }

            await Task.Delay(LookEvery, time, cancellationToken);
        }
    }

    private static string NameOf(Pod pod) => $"{pod.Metadata.Namespace}/{pod.Metadata.Name}";

    /// <summary>What the cluster says about the first app that has not left.</summary>
    private async Task<string> WhyAsync(string node, IEnumerable<Pod> pods, CancellationToken cancellationToken)
    {
        var cluster = node[..node.IndexOf('.', StringComparison.Ordinal)];
        foreach (var pod in pods)
        {
            if (pod.Metadata.OwnerReferences.FirstOrDefault(owner => owner is { Controller: true, Kind: App.KindName }) is not { } owner)
                continue;
            var app = await client.FindAsync<App>(owner.Name, pod.Metadata.Namespace, cancellationToken);
            if (app?.Status.Clusters.FirstOrDefault(share => share.Cluster == cluster) is { Reason: { } reason } share)
                return $" ({reason}: {share.Message})";
        }

        return "";
    }
}
