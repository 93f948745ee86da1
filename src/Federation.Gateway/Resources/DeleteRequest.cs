using System.Text.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>Kubernetes' DeleteOptions, from the body and the query.</summary>
/// <param name="GracePeriodSeconds">Null: the object's own. Only pods have one.</param>
/// <param name="Propagation">What becomes of the objects that this one owns.</param>
internal sealed record DeleteRequest(string? Uid, string? ResourceVersion, bool DryRun, long? GracePeriodSeconds, DeletePropagation Propagation)
{
    /// <exception cref="RefusedException">400, 413 or 415.</exception>
    public static async Task<DeleteRequest> ReadAsync(HttpContext context, long limit)
    {
        var query = context.Request.Query;
        var propagation = PropagationOf(query["propagationPolicy"], query.Bool("orphanDependents"));
        var dryRun = query.DryRun();
        var body = await RequestBody.ReadObjectAsync(context, limit);
        if (body.IsEmpty)
            return new DeleteRequest(null, null, dryRun, query.NaturalNumber("gracePeriodSeconds"), propagation ?? DeletePropagation.Background);
        using var document = RequestBody.Parse(body);
        return Of(document.RootElement, dryRun, query.NaturalNumber("gracePeriodSeconds"), propagation);
    }

    /// <summary>DeleteOptions as JSON, over what the query says.</summary>
    /// <exception cref="RefusedException">400.</exception>
    public static DeleteRequest Of(JsonElement options, bool dryRun, long? gracePeriodSeconds, DeletePropagation? propagation = null)
    {
        propagation = PropagationOf(Text(options, "propagationPolicy"), Flag(options, "orphanDependents")) ?? propagation;
        if (options.TryGetProperty("dryRun", out var runs) && runs.ValueKind == JsonValueKind.Array)
        {
            foreach (var run in runs.EnumerateArray())
                dryRun |= run.ValueKind == JsonValueKind.String && run.GetString() == "All" ? true : throw new RefusedException(Statuses.BadRequest("dryRun: must be All"));
        }

        var preconditions = options.TryGetProperty("preconditions", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        return new DeleteRequest(Text(preconditions, "uid"), Text(preconditions, "resourceVersion"), dryRun, Seconds(options) ?? gracePeriodSeconds, propagation ?? DeletePropagation.Background);
    }

    public WriteCommand ToCommand() => new() { Verb = WriteVerb.Delete, Uid = Uid, ResourceVersion = ResourceVersion, DryRun = DryRun, Propagation = Propagation };

    /// <param name="policy">The name; null or empty: none given.</param>
    /// <param name="orphan">The older way to say it.</param>
    private static DeletePropagation? PropagationOf(string? policy, bool? orphan)
    {
        if (orphan is not null && !string.IsNullOrEmpty(policy))
            throw new RefusedException(Statuses.BadRequest("orphanDependents and propagationPolicy cannot both be set"));
        return policy switch
        {
            null or "" => orphan switch { true => DeletePropagation.Orphan, false => DeletePropagation.Background, null => null },
            "Background" => DeletePropagation.Background,
            "Foreground" => DeletePropagation.Foreground,
            "Orphan" => DeletePropagation.Orphan,
            _ => throw new RefusedException(Statuses.BadRequest($"invalid propagationPolicy \"{policy}\": must be Background, Foreground or Orphan")),
        };
    }

    private static bool? Flag(JsonElement options, string name)
    {
        if (!options.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new RefusedException(Statuses.BadRequest($"{name}: must be true or false"));
    }

    private static long? Seconds(JsonElement options)
    {
        if (options.ValueKind != JsonValueKind.Object || !options.TryGetProperty("gracePeriodSeconds", out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is >= 0 and <= int.MaxValue
            ? seconds
            : throw new RefusedException(Statuses.BadRequest("gracePeriodSeconds: must be a whole number from 0 on"));
    }

    private static string? Text(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new RefusedException(Statuses.BadRequest($"{name}: must be a string"));
    }
}
