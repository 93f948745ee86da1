namespace MemberCluster.Agent.Services.Nftables;

/// <summary>
/// Lets forwarded connections of this plane through a firewall that the engine sets up: Docker drops what it does not know, and asks DOCKER-USER first. Where there
/// is no such chain, but a policy that drops, the rule goes into FORWARD itself.
/// </summary>
/// <remarks>One rule per agent, told apart by its comment: agents on one machine do not remove each other's.</remarks>
internal static class ForwardPermit
{
    private static readonly string[] Programs = ["iptables", "ip6tables"];

    /// <summary>Null: what is needed is there now. Otherwise why it could not be made.</summary>
    public static async Task<string?> EnsureAsync(string table, CancellationToken cancellationToken)
    {
        string? problem = null;
        foreach (var program in Programs.Select(ToolProgram.Find).OfType<ToolProgram>())
            problem ??= await EnsureAsync(program, table, cancellationToken);
        return problem;
    }

    public static async Task RemoveAsync(string table, CancellationToken cancellationToken)
    {
        foreach (var program in Programs.Select(ToolProgram.Find).OfType<ToolProgram>())
        {
            foreach (var chain in (string[])["DOCKER-USER", "FORWARD"])
            {
                while ((await RunAsync(program, ["-D", chain, .. Rule(table)], cancellationToken)).IsDone)
                {
                    // Once for each time that it is there.
                }
            }
        }
    }

    /// <summary>The tables named in rules of ours.</summary>
    public static async Task<IReadOnlyList<string>> TablesAsync(CancellationToken cancellationToken)
    {
        var tables = new HashSet<string>();
        foreach (var program in Programs.Select(ToolProgram.Find).OfType<ToolProgram>())
        {
            foreach (var chain in (string[])["DOCKER-USER", "FORWARD"])
            {
                var rules = (await RunAsync(program, ["-S", chain], cancellationToken)).Output;
                tables.UnionWith(rules.Split([' ', '"', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.StartsWith("federation/", StringComparison.Ordinal)));
            }
        }

        return [.. tables];
    }

    private static async Task<string?> EnsureAsync(ToolProgram program, string table, CancellationToken cancellationToken)
    {
        var hasChain = (await RunAsync(program, ["-S", "DOCKER-USER"], cancellationToken)).IsDone;
        if (!hasChain)
        {
            var forward = await RunAsync(program, ["-S", "FORWARD"], cancellationToken);
            if (!forward.Output.Contains("-P FORWARD DROP", StringComparison.Ordinal))
                return null;
        }

        var chain = hasChain ? "DOCKER-USER" : "FORWARD";
        if ((await RunAsync(program, ["-C", chain, .. Rule(table)], cancellationToken)).IsDone)
            return null;
        var made = await RunAsync(program, ["-I", chain, .. Rule(table)], cancellationToken);
        return made.IsDone ? null : made.Problem;
    }

    private static string[] Rule(string table) =>
        ["-m", "connmark", "--mark", $"0x{NftNames.Mark:x}/0x{NftNames.Mark:x}", "-m", "comment", "--comment", table, "-j", "ACCEPT"];

    private static Task<ToolAnswer> RunAsync(ToolProgram program, string[] arguments, CancellationToken cancellationToken) =>
        program.RunAsync(["-w", "5", .. arguments], input: null, cancellationToken);
}
