using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace MemberCluster.Agent.Pets.Watching;

/// <summary>A container that must not outlive the permission.</summary>
/// <param name="Id">The engine's.</param>
/// <param name="Pid">Of its first process; 0: not known yet.</param>
/// <param name="Started">When that process started, in the kernel's ticks since the machine did: with it, a pid names one process for ever.</param>
/// <param name="Pod">For people.</param>
internal readonly record struct FencedContainer(string Id, int Pid, long Started, string Pod);

/// <summary>All that a watchdog knows: until when fenced pets may run, and which containers they have.</summary>
/// <remarks>
/// As a file, lines of words. Its first line names the boot of the machine that the times count from; one of another boot says nothing.
/// <code>
/// fence 1 &lt;boot id&gt;
/// agent &lt;pid&gt; &lt;started&gt;
/// deadline &lt;nanoseconds of the boot clock&gt;
/// engine unix:///var/run/docker.sock
/// label federation.cluster=eu-west
/// pet &lt;container&gt; &lt;pid&gt; &lt;started&gt; &lt;pod&gt;
/// exempt &lt;container&gt;
/// </code>
/// </remarks>
internal sealed record FenceRecord
{
    private const string Version = "1";

    /// <summary>The agent's process.</summary>
    public int Agent { get; init; }

    public long AgentStarted { get; init; }

    /// <summary>By the clock that goes on while the machine sleeps.</summary>
    public long Deadline { get; init; }

    public string Engine { get; init; } = "";

    /// <summary>What the cluster's containers are found by at the engine.</summary>
    public string Label { get; init; } = "";

    public ImmutableArray<FencedContainer> Pets { get; init; } = [];

    /// <summary>Containers with the label of fenced pets that may run on all the same.</summary>
    public ImmutableArray<string> Exempt { get; init; } = [];

    public bool Equals(FenceRecord? other) => other is not null
        && (Agent, AgentStarted, Deadline, Engine, Label) == (other.Agent, other.AgentStarted, other.Deadline, other.Engine, other.Label)
        && Pets.AsSpan().SequenceEqual(other.Pets.AsSpan()) && Exempt.AsSpan().SequenceEqual(other.Exempt.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Deadline, Pets.Length);

    public string ToText(string boot)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"fence {Version} {boot}\nagent {Agent} {AgentStarted}\ndeadline {Deadline}\nengine {Engine}\nlabel {Label}\n");
        foreach (var pet in Pets)
            text.Append(CultureInfo.InvariantCulture, $"pet {pet.Id} {pet.Pid} {pet.Started} {pet.Pod}\n");
        foreach (var container in Exempt)
            text.Append(CultureInfo.InvariantCulture, $"exempt {container}\n");
        return text.ToString();
    }

    /// <summary>Null: it is of another boot, or no such file.</summary>
    public static FenceRecord? Parse(string text, string boot)
    {
        var record = new FenceRecord();
        var pets = ImmutableArray.CreateBuilder<FencedContainer>();
        var exempt = ImmutableArray.CreateBuilder<string>();
        var isOurs = false;
        foreach (var line in text.Split('\n'))
        {
            switch (line.Split(' '))
            {
                case ["fence", Version, var id]:
                    isOurs = id == boot;
                    break;
                case ["agent", var pid, var started]:
                    record = record with { Agent = (int)Number(pid), AgentStarted = Number(started) };
                    break;
                case ["deadline", var deadline]:
                    record = record with { Deadline = Number(deadline) };
                    break;
                case ["engine", var engine]:
                    record = record with { Engine = engine };
                    break;
                case ["label", var label]:
                    record = record with { Label = label };
                    break;
                case ["pet", var id, var pid, var started, var pod]:
                    pets.Add(new FencedContainer(id, (int)Number(pid), Number(started), pod));
                    break;
                case ["exempt", var id]:
                    exempt.Add(id);
                    break;
            }
        }

        return isOurs ? record with { Pets = pets.ToImmutable(), Exempt = exempt.ToImmutable() } : null;
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
