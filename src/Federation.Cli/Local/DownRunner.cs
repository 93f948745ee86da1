using System.Diagnostics;
using Federation.Cli.Output;
using Spectre.Console;

namespace Federation.Cli.Local;

/// <summary>Stops what <c>fed up</c> started. Containers run on, unless purged.</summary>
internal sealed class DownRunner(DataDirectory data, IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly StepProgress _progress = new(console, time);

    public async Task RunAsync(bool purge, CancellationToken cancellationToken)
    {
        if (data.Load() is not { } state)
            throw new CliException($"There is no federation in {data.Root}.");
        await _progress.StepAsync("Agents stopped", _ => Task.WhenAll(state.Regions.Select(region => data.AgentProcess(region.Cluster).StopAsync(Grace, cancellationToken))));
        await _progress.StepAsync("Control plane stopped", _ => data.ControlPlaneProcess().StopAsync(Grace, cancellationToken));
        if (!purge)
        {
            console.MarkupLineInterpolated($"Containers run on, data stays in {data.Root}. 'fed up' resumes; 'fed down --purge' removes both.");
            return;
        }

        foreach (var region in state.Regions)
            await _progress.StepAsync($"Containers of {region.Region} removed", _ => PurgeClusterAsync(state, region, cancellationToken));
        Directory.Delete(data.Root, recursive: true);
        console.MarkupLineInterpolated($"[green]✓[/] {data.Root} removed");
    }

    /// <summary>The agent program knows which containers, networks and volumes are its cluster's.</summary>
    private static async Task PurgeClusterAsync(FederationState state, RegionPlan region, CancellationToken cancellationToken)
    {
        List<string> arguments = [Programs.Agent, "purge", "--cluster", region.Cluster];
        if (state.Docker.Length > 0)
            arguments.AddRange(["--docker", state.Docker]);
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new CliException("The agent program did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new CliException($"The containers of {region.Region} could not be removed: {(await output + error).Trim()}");
    }
}
