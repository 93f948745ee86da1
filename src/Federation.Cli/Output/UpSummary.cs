using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Cli.Local;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Output;

/// <summary>What <c>fed up</c> ends with: what runs, and the lines to try next.</summary>
internal static class UpSummary
{
    private const int SamplePort = 8080;

    public static async Task PrintAsync(DataDirectory data, FederationState state, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        using var client = new FederationClient(FederationConnection.Load(data.Kubeconfig));
        var clusters = (await client.ListAsync<Cluster>(ListQuery.All, cancellationToken)).Items;
        var apps = (await client.ListAsync<App>(ListQuery.All, cancellationToken)).Items;
        console.WriteLine();
        console.Write(StatusView.Clusters(clusters, time.GetUtcNow()));
        console.WriteLine();
        console.Write(StatusView.Apps(apps, clusters));
        console.WriteLine();
        foreach (var line in Lines(data, state))
            console.Profile.Out.Writer.WriteLine($"  {line}");
        console.WriteLine();
    }

    private static IEnumerable<string> Lines(DataDirectory data, FederationState state)
    {
        var kubeconfig = Path.GetRelativePath(Environment.CurrentDirectory, data.Kubeconfig);
        var dns = System.Net.IPEndPoint.Parse(state.Dns);
        yield return $"kubectl --kubeconfig {kubeconfig} get apps,clusters,pods -A";
        yield return $"dig @{dns.Address} -p {dns.Port} web.default.svc.{state.Zone.TrimEnd('.')} +short";
        foreach (var region in state.Regions)
            yield return $"curl http://{region.Address}:{SamplePort}/          # {region.Region}";
        yield return $"./fed status --kubeconfig {kubeconfig}";
        yield return $"./fed down --data {Path.GetRelativePath(Environment.CurrentDirectory, data.Root)}";
    }
}
