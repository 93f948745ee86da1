using System.CommandLine;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Pets;
using Federation.Cli.Output;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

internal static class StatusCommand
{
    public static Command Create(IAnsiConsole console, TimeProvider time)
    {
        var command = new Command("status", "Show regions, apps and where everything runs.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = GlobalOptions.Connect(parsed);
            var clusters = (await client.ListAsync<Cluster>(ListQuery.All, cancellationToken)).Items;
            var apps = (await client.ListAsync<App>(ListQuery.All, cancellationToken)).Items;
            console.WriteLine($"{client.Options.Server}: {clusters.Count} clusters, {apps.Count} apps, {apps.Sum(app => app.Status.ReadyReplicas)} of {apps.Sum(app => app.Status.Replicas)} pods ready");
            console.WriteLine();
            console.Write(StatusView.Clusters(clusters, time.GetUtcNow()));
            IReadOnlyList<PlacedResource> placed =
            [
                .. apps,
                .. (await client.ListAsync<Daemon>(ListQuery.All, cancellationToken)).Items,
                .. (await client.ListAsync<Job>(ListQuery.All, cancellationToken)).Items,
                .. (await client.ListAsync<PetSet>(ListQuery.All, cancellationToken)).Items,
            ];
            if (placed.Count > 0)
            {
                console.WriteLine();
                console.Write(StatusView.Apps(placed, clusters));
            }

            return 0;
        });
        return command;
    }
}
