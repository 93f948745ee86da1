using System.Globalization;
using Federation.Api.Agents;
using Federation.Simulation.Tests.Kernel;
using MemberCluster.Agent.ControlPlane;

namespace Federation.Simulation.Tests.Network;

/// <summary>What carries calls and streams between processes: late, out of order, twice, one way only, or not at all.</summary>
internal sealed class SimNetwork(World world)
{
    /// <summary>As the HTTP client of agents waits for an answer.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    /// <summary>After this long without an answer to its pings a connection counts as broken.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Fastest = TimeSpan.FromMicroseconds(300);
    private static readonly TimeSpan Slowest = TimeSpan.FromMilliseconds(6);

    private readonly HashSet<(string From, string To)> _cut = [];
    private readonly Dictionary<(string From, string To), TimeSpan> _late = [];

    /// <summary>How much longer a packet may take, at most.</summary>
    public TimeSpan Jitter { get; set; }

    /// <summary>The share of calls that are lost, one way or the other.</summary>
    public double Loss { get; set; }

    /// <summary>The share of calls that arrive twice.</summary>
    public double Twice { get; set; }

    /// <summary>Calls, or answers to them, take longer this way, and streams do not; zero: no longer than others.</summary>
    public void Delay(string from, string to, TimeSpan by) => _late[(from, to)] = by;

    public void Cut(string from, string to) => _cut.Add((from, to));

    public void Mend(string from, string to) => _cut.Remove((from, to));

    public void MendAll()
    {
        _cut.Clear();
        _late.Clear();
    }

    public bool IsCut(string from, string to) => _cut.Contains((from, to));

    /// <summary>One call to a process and its answer.</summary>
    /// <param name="from">Who calls.</param>
    /// <param name="to">Who is called.</param>
    /// <param name="callee">Its present life.</param>
    /// <param name="call">What is carried out there.</param>
    /// <param name="cancellationToken">The caller gives up.</param>
    /// <param name="mayArriveTwice">Something on the way may repeat it.</param>
    /// <exception cref="ControlPlaneException">No answer: nobody knows whether it was carried out.</exception>
    public Task<T> CallAsync<T>(string from, string to, Func<Life?> callee, Func<Life, Task<T>> call, CancellationToken cancellationToken, bool mayArriveTwice = false)
    {
        var answer = new TaskCompletionSource<T>();
        _ = world.Start(() => CarryAsync(answer, from, to, callee, call));
        if (mayArriveTwice && Twice > 0 && world.Random.NextDouble() < Twice)
            _ = world.Start(() => CarryAsync(new TaskCompletionSource<T>(), from, to, callee, call));
        _ = world.Start(async () =>
        {
            await world.Delay(RequestTimeout);
            answer.TrySetException(Unreachable($"{to} did not answer in time"));
        });
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Carries what comes of a stream, in its order. Ends with an exception when the connection breaks or either end dies.</summary>
    public async Task CarryAsync<T>(string from, string to, Life server, Life client, IAsyncEnumerable<T> items, Action<T> deliver)
    {
        await foreach (var item in items)
        {
            await PassAsync(from, to);
            if (server.IsDead || client.IsDead)
                break;
            deliver(item);
        }

        throw Unreachable($"the stream from {from} ended");
    }

    /// <summary>What belongs to an open connection reaches the other end.</summary>
    /// <param name="from">Who sent it.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="pace">How much longer than a packet it takes.</param>
    /// <exception cref="ControlPlaneException">The connection breaks.</exception>
    public async Task PassAsync(string from, string to, TimeSpan pace = default)
    {
        await world.Delay(Latency() + pace);
        var since = world.Time.Now;
        while (IsCut(from, to) || IsCut(to, from))
        {
            if (world.Time.Now - since > KeepAlive)
                throw Unreachable($"the stream from {from} broke");
            await world.Delay(Look);
        }
    }

    /// <summary>Too much of a connection is lost for it to go on.</summary>
    public bool BreaksConnection() => Loss > 0 && world.Random.NextDouble() < Loss / 4;

    public static ControlPlaneException Unreachable(string why) => new(ControlPlaneFailure.Unreachable, why);

    /// <summary>For people who look at a world.</summary>
    public static string Describe(Report report) => string.Create(CultureInfo.InvariantCulture,
        $"{report.Sequence}{(report.Full ? " full" : "")} at {report.AppliedRevision}: {string.Join("; ", report.Works.Select(work => $"{work.Uid} r{work.Revision} {work.Desired}/{work.Ready}{(work.Gone ? " gone" : "")}{(work.Orphan ? " orphan" : "")}"))}");

    private async Task CarryAsync<T>(TaskCompletionSource<T> answer, string from, string to, Func<Life?> callee, Func<Life, Task<T>> call)
    {
        await world.Delay(Latency() + Lateness(from, to));
        if (IsLost(from, to))
            return;
        if (callee() is not { IsDead: false } life)
        {
            await AnswerAsync(() => answer.TrySetException(Unreachable($"{to} refuses the connection")));
            return;
        }

        var running = life.Start(() => call(life));
        await Task.WhenAny(running, life.Died);
        if (!running.IsCompleted)
            await AnswerAsync(() => answer.TrySetException(Unreachable($"{to} died")));
        else if (running.IsCompletedSuccessfully)
            await AnswerAsync(() => answer.TrySetResult(running.Result));
        else
            await AnswerAsync(() => answer.TrySetException(running.Exception?.InnerException as ControlPlaneException ?? Unreachable($"{to} failed: {running.Exception?.InnerException?.Message}")));

        async Task AnswerAsync(Action deliver)
        {
            await world.Delay(Latency() + Lateness(to, from));
            if (!IsLost(to, from))
                deliver();
        }
    }

    private TimeSpan Lateness(string from, string to) => _late.GetValueOrDefault((from, to)) is var late && late > TimeSpan.Zero ? world.Draw(late / 2, late) : TimeSpan.Zero;

    private bool IsLost(string from, string to) => IsCut(from, to) || (Loss > 0 && world.Random.NextDouble() < Loss);

    private TimeSpan Latency() => world.Draw(Fastest, Slowest) + (Jitter > TimeSpan.Zero ? world.Draw(TimeSpan.Zero, Jitter) : TimeSpan.Zero);
}
