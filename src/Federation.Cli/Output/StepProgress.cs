using Spectre.Console;

namespace Federation.Cli.Output;

/// <summary>Says what is going on, a line per step; on a terminal the step under way spins.</summary>
internal sealed class StepProgress(IAnsiConsole console, TimeProvider time)
{
    public async Task<T> StepAsync<T>(string doing, Func<Action<string>, Task<T>> work)
    {
        var started = time.GetTimestamp();
        T result;
        if (console.Profile.Capabilities.Interactive)
        {
            result = await console.Status().StartAsync(Markup.Escape(doing), context => work(detail => context.Status(Markup.Escape($"{doing}: {detail}"))));
        }
        else
        {
            console.WriteLine($"… {doing}");
            result = await work(static _ => { });
        }

        console.MarkupLineInterpolated($"[green]✓[/] {doing} [grey]({time.GetElapsedTime(started).TotalSeconds:0.0} s)[/]");
        return result;
    }

    public Task StepAsync(string doing, Func<Action<string>, Task> work) => StepAsync(doing, async report =>
    {
        await work(report);
        return true;
    });
}
