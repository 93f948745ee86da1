using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Pets;
using Federation.Client.Resources;

namespace Federation.Client;

/// <summary>What people say of single pets.</summary>
public static class PetOperations
{
    /// <summary>The pet does not run where it was: somebody looked, and vouches for it. It may start elsewhere.</summary>
    /// <param name="set">The PetSet.</param>
    /// <param name="ordinal">The pet.</param>
    /// <param name="epoch">Set: only if the pet still has this epoch.</param>
    /// <exception cref="StatusException">Among others, 409: its cluster reports that it runs, or it has another epoch by now.</exception>
    public static Task<PetSet> FenceAsync(
        this FederationClient client, string set, int ordinal, long? epoch = null, string? @namespace = null, CancellationToken cancellationToken = default) =>
        SayAsync(client, "fence", set, Body(ordinal, epoch), @namespace, dryRun: false, cancellationToken);

    /// <summary>The pet leaves its cluster and its volumes there, and starts elsewhere with empty ones.</summary>
    /// <inheritdoc cref="FenceAsync"/>
    public static Task<PetSet> ReleaseAsync(
        this FederationClient client, string set, int ordinal, long? epoch = null, string? @namespace = null, CancellationToken cancellationToken = default) =>
        SayAsync(client, "release", set, Body(ordinal, epoch), @namespace, dryRun: false, cancellationToken);

    /// <summary>The pet goes to a cluster, with its volumes. Returns once it is asked for; <c>status.pets[].move</c> says how far it is, <c>status.takeovers</c> that it is done.</summary>
    /// <param name="to">The cluster.</param>
    /// <param name="back">True: it goes on with the volumes that it left there when it moved last. They are kept until it is ready where it went; what it wrote since is lost.</param>
    /// <param name="dryRun">True: only says whether it can.</param>
    /// <exception cref="StatusException">Among others, 409: it cannot go there, and why.</exception>
    /// <inheritdoc cref="FenceAsync"/>
    public static Task<PetSet> MoveAsync(
        this FederationClient client, string set, int ordinal, string to, long? epoch = null, string? @namespace = null, bool back = false, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        var body = Body(ordinal, epoch);
        body["to"] = to;
        if (back)
            body["back"] = true;
        return SayAsync(client, "move", set, body, @namespace, dryRun, cancellationToken);
    }

    /// <summary>The pet does not move after all: it goes on where its volumes are, and what the other cluster has of them is deleted.</summary>
    /// <param name="dryRun">True: only says whether there is a move to take back.</param>
    /// <exception cref="StatusException">Among others, 409: it is not asked to move, or has arrived.</exception>
    /// <inheritdoc cref="FenceAsync"/>
    public static Task<PetSet> CancelMoveAsync(
        this FederationClient client, string set, int ordinal, long? epoch = null, string? @namespace = null, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        var body = Body(ordinal, epoch);
        body["cancel"] = true;
        return SayAsync(client, "move", set, body, @namespace, dryRun, cancellationToken);
    }

    /// <summary>Takes a pet's name apart: <c>db-0</c> is pet 0 of <c>db</c>.</summary>
    /// <returns>Null: it is no pet's name.</returns>
    public static (string Set, int Ordinal)? Parse(string pet)
    {
        ArgumentNullException.ThrowIfNull(pet);
        var dash = pet.LastIndexOf('-');
        return dash > 0 && int.TryParse(pet.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? (pet[..dash], ordinal) : null;
    }

    private static JsonObject Body(int ordinal, long? epoch)
    {
        var body = new JsonObject { ["ordinal"] = ordinal };
        if (epoch is not null)
            body["epoch"] = epoch;
        return body;
    }

    private static async Task<PetSet> SayAsync(
        FederationClient client, string word, string set, JsonObject body, string? @namespace, bool dryRun, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        var path = $"{ResourcePaths.Object(Kinds.PetSet, string.IsNullOrEmpty(@namespace) ? client.Options.Namespace : @namespace, set)}/{word}{(dryRun ? "?dryRun=All" : "")}";
        var said = await client.SendJsonAsync(HttpMethod.Post, path, FederationClient.Utf8(body), cancellationToken);
        return ApiJson.FromUtf8<PetSet>(Encoding.UTF8.GetBytes(said.GetRawText()));
    }
}
