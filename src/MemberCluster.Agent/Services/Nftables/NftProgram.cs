namespace MemberCluster.Agent.Services.Nftables;

/// <summary>The kernel's packet rules, through <c>nft</c>.</summary>
internal sealed class NftProgram(ToolProgram nft)
{
    /// <summary>Carries out a text as one transaction. Null: done; otherwise why nothing of it was.</summary>
    public async Task<string?> ApplyAsync(string text, CancellationToken cancellationToken)
    {
        var answer = await nft.RunAsync(["-f", "-"], text, cancellationToken);
        return answer.IsDone ? null : answer.Problem;
    }

    /// <summary>Whether the kernel would take a text. Null: yes; otherwise why not.</summary>
    public async Task<string?> CheckAsync(string text, CancellationToken cancellationToken)
    {
        var answer = await nft.RunAsync(["-c", "-f", "-"], text, cancellationToken);
        return answer.IsDone ? null : answer.Problem;
    }

    public async Task<bool> HasChainAsync(string table, string chain, CancellationToken cancellationToken) =>
        (await nft.RunAsync(["list", "chain", "inet", table, chain], input: null, cancellationToken)).IsDone;

    /// <summary>The names of all inet tables of the machine.</summary>
    public async Task<IReadOnlyList<string>> TablesAsync(CancellationToken cancellationToken)
    {
        var answer = await nft.RunAsync(["list", "tables", "inet"], input: null, cancellationToken);
        return [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[^1])];
    }
}
