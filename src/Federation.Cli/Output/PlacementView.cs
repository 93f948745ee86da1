using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Pets;
using Spectre.Console;

namespace Federation.Cli.Output;

/// <summary>Prints the decision kept with what is placed: where its pods are, who was refused and why, what would change it.</summary>
internal static class PlacementView
{
    public static void Write(IAnsiConsole console, PlacedResource app, DateTimeOffset now)
    {
        var decision = app.Decision;
        console.WriteLine($"{app.Kind} {app.Metadata.Namespace}/{app.Metadata.Name}: {Progress(app)}"
            + (decision is null ? "; not placed yet" : $"; decided {Durations.Age(decision.DecidedAt, now)} ago for generation {decision.ObservedGeneration}"));
        foreach (var condition in app.Conditions)
            console.WriteLine($"  {condition.Type}={condition.Status}  {condition.Reason}{(condition.Message.Length > 0 ? $": {condition.Message}" : "")}");
        WriteShares(console, app.Shares, now);
        if (decision is null)
            return;
        WriteSection(console, "Chosen", decision.Scores.Select(score => $"{score.Cluster}: {score.Replicas} replicas, score {score.Score:0.##} ({score.Why})"));
        WriteSection(console, "Refused", decision.Refused.Select(Refusal));
        WriteSection(console, "What would change it", decision.Hints);
        if (decision.Unplaced > 0)
            console.WriteLine($"{decision.Unplaced} replicas found no cluster.");
        if (decision.Failover is { } receipt)
            WriteSection(console, "Last failover", [Receipt(receipt)]);
    }

    private static string Progress(PlacedResource placed) => placed switch
    {
        App app => $"{app.Status.ReadyReplicas} of {app.Status.Replicas} pods ready",
        Daemon daemon => $"{daemon.Status.Ready} of {daemon.Status.Desired} pods ready",
        Job job => $"{job.Status.Succeeded} of {job.Spec.Completions} indexes completed",
        PetSet set => $"{set.Status.ReadyReplicas} of {set.Spec.Replicas} pets ready",
        _ => "",
    };

    private static void WriteShares(IAnsiConsole console, IReadOnlyList<ClusterShare> shares, DateTimeOffset now)
    {
        if (shares.Count == 0)
            return;
        console.WriteLine();
        var table = StatusView.NewTable("REGION", "CLUSTER", "PHASE", "SINCE", "ASKED", "RUNNING", "READY", "UPDATED", "NOTE");
        foreach (var share in shares)
        {
            table.AddRow(new[]
            {
                share.Region, share.Cluster, share.Phase.ToString(), Durations.Age(share.Since, now), $"{share.Replicas}", $"{share.Running}", $"{share.Ready}", $"{share.Updated}",
                share.Reason is null ? "" : $"{share.Reason}: {share.Message}",
            }.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    private static void WriteSection(IAnsiConsole console, string title, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        if (all.Count == 0)
            return;
        console.WriteLine();
        console.WriteLine($"{title}:");
        foreach (var line in all)
            console.WriteLine($"  {line}");
    }

    private static string Refusal(PlacementRefusal refusal)
    {
        var more = refusal.Count > refusal.Clusters.Count ? $" and {refusal.Count - refusal.Clusters.Count} more" : "";
        return $"{refusal.Filter}: {refusal.Reason} ({string.Join(", ", refusal.Clusters)}{more})";
    }

    private static string Receipt(FailoverReceipt receipt)
    {
        var decided = receipt.DecidedAt - receipt.DetectedAt;
        var restored = receipt.RestoredAt - receipt.DetectedAt;
        return $"{receipt.Replicas} replicas left {string.Join(", ", receipt.Clusters)}, lost at {receipt.DetectedAt:u}; moved after {decided?.TotalSeconds:0.0} s"
            + (restored is null ? "; not ready elsewhere yet" : $", ready elsewhere after {restored?.TotalSeconds:0.0} s");
    }
}
