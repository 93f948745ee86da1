using System.Text.Json;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>Kubernetes' DeleteOptions, from the body and the query.</summary>
/// <param name="GracePeriodSeconds">Null: the object's own. Only pods have one.</param>
internal sealed record DeleteRequest(string? Uid, string? ResourceVersion, bool DryRun, long? GracePeriodSeconds)
{
    /// <exception cref="RefusedException">400, 413 or 415.</exception>
    public static async Task<DeleteRequest> ReadAsync(HttpContext context, long limit)
    {
        var query = context.Request.Query;
        CheckPropagation(query["propagationPolicy"]);
        var dryRun = query.DryRun();
        var body = await RequestBody.ReadObjectAsync(context, limit);
        if (body.IsEmpty)
            return new DeleteRequest(null, null, dryRun, query.NaturalNumber("gracePeriodSeconds"));
        using var document = RequestBody.Parse(body);
        return Of(document.RootElement, dryRun, query.NaturalNumber("gracePeriodSeconds"));
    }

    /// <summary>DeleteOptions as JSON, over what the query says.</summary>
    /// <exception cref="RefusedException">400.</exception>
    public static DeleteRequest Of(JsonElement options, bool dryRun, long? gracePeriodSeconds)
    {
        CheckPropagation(Text(options, "propagationPolicy"));
        if (options.TryGetProperty("dryRun", out var runs) && runs.ValueKind == JsonValueKind.Array)
        {
            foreach (var run in runs.EnumerateArray())
                dryRun |= run.ValueKind == JsonValueKind.String && run.GetString() == "All" ? true : throw new RefusedException(Statuses.BadRequest("dryRun: must be All"));
        }

        var preconditions = options.TryGetProperty("preconditions", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        return new DeleteRequest(Text(preconditions, "uid"), Text(preconditions, "resourceVersion"), dryRun, Seconds(options) ?? gracePeriodSeconds);
    }

    /// <summary>Nothing owns anything but Apps their works, which always go with them: the policies come to the same.</summary>
    private static void CheckPropagation(string? policy)
    {
        if (policy is not (null or "" or "Background" or "Foreground" or "Orphan"))
            throw new RefusedException(Statuses.BadRequest($"invalid propagationPolicy \"{policy}\": must be Background, Foreground or Orphan"));
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
