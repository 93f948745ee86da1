using System.Diagnostics;
using Federation.Embedded;
using Federation.Embedded.Bench;
using Microsoft.Extensions.DependencyInjection;

const int Calls = 300_000;
const int Activations = 100_000;

using var services = new ServiceCollection().AddLogging()
    .AddEmbeddedGrains(options => options.GrainAssemblies.Add(typeof(BenchGrain).Assembly)).BuildServiceProvider();
var engine = services.GetRequiredService<EmbeddedGrainEngine>();
var one = engine.GetGrain<IBenchGrain>("one");

Console.WriteLine("| what | wall ns | CPU ns | bytes allocated |");
Console.WriteLine("|---|---|---|---|");
await MeasureAsync("make a reference", Calls, count =>
{
    for (var i = 0; i < count; i++)
        engine.GetGrain<IBenchGrain>("one");
    return Task.CompletedTask;
});
await MeasureAsync("grain to grain, one after the other", Calls, count => one.CallOtherAsync("other", count));
await MeasureAsync("outside to grain, one after the other", Calls, async count =>
{
    for (var i = 0; i < count; i++)
        await one.AddAsync(1);
});
await MeasureAsync("outside to grain, 64 at once", Calls, count => Task.WhenAll(Enumerable.Range(0, 64).Select(async lane =>
{
    var grain = engine.GetGrain<IBenchGrain>($"lane-{lane}");
    for (var i = 0; i < count / 64; i++)
        await grain.AddAsync(1);
})));
await MeasureAsync("the same, the grain awaits", Calls, count => Task.WhenAll(Enumerable.Range(0, 64).Select(async lane =>
{
    var grain = engine.GetGrain<IBenchGrain>($"lane-{lane}");
    for (var i = 0; i < count / 64; i++)
        await grain.YieldAsync();
})));
using var cancellation = new CancellationTokenSource();
await MeasureAsync("the same, with a cancellation token", Calls, count => Task.WhenAll(Enumerable.Range(0, 64).Select(async lane =>
{
    var grain = engine.GetGrain<IBenchGrain>($"lane-{lane}");
    for (var i = 0; i < count / 64; i++)
        await grain.TokenAsync(cancellation.Token);
})));

var before = GC.GetTotalMemory(forceFullCollection: true);
await MeasureAsync("activate", Activations, async count =>
{
    for (var i = 0; i < count; i++)
        await engine.GetGrain<IBenchGrain>($"{Guid.NewGuid():N}").TouchAsync();
}, warmUp: false);
var perActivation = (GC.GetTotalMemory(forceFullCollection: true) - before) / Activations;
var active = engine.ActivationCount;
await MeasureAsync("deactivate, all at the stop", active, _ => engine.StopAsync(CancellationToken.None), warmUp: false);
Console.WriteLine();
Console.WriteLine($"An idle grain without state, its key of 32 characters included: {perActivation} bytes.");

static async Task MeasureAsync(string what, int count, Func<int, Task> run, bool warmUp = true)
{
    if (warmUp)
        await run(count);
    GC.Collect();
    var (allocated, cpu, watch) = (GC.GetTotalAllocatedBytes(precise: true), Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
    await run(count);
    watch.Stop();
    var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
    var bytes = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / count;
    Console.WriteLine($"| {what} | {watch.Elapsed.TotalNanoseconds / count:0} | {used.TotalNanoseconds / count:0} | {bytes} |");
}
