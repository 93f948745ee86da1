using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>What a write's query says: <c>fieldManager</c>, <c>force</c>, <c>fieldValidation</c>, <c>dryRun</c>.</summary>
/// <param name="FieldManager">Who owns the fields that change; by default the program that asks, as its User-Agent begins.</param>
/// <param name="Force">Server-side apply: take fields from their owners.</param>
/// <param name="FieldValidation">Strict unless the client asks for something else.</param>
/// <param name="DryRun">Everything but the write.</param>
internal sealed record WriteOptions(string FieldManager, bool Force, FieldValidation FieldValidation, bool DryRun)
{
    private const int LongestManager = 128;

    /// <exception cref="RefusedException">400: a value that is none, or one that the write needs and does not have.</exception>
    public static WriteOptions Of(HttpContext context, bool isApply = false)
    {
        var query = context.Request.Query;
        var manager = query["fieldManager"].ToString();
        if (manager.Length > LongestManager || manager.Any(char.IsControl))
            throw Wrong($"fieldManager: must be at most {LongestManager} printable characters");
        if (isApply && manager.Length == 0)
            throw Wrong("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        var force = query.Bool("force");
        if (force is not null && !isApply)
            throw Wrong("PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch");
        var validation = query["fieldValidation"].ToString() switch
        {
            "" or "Strict" => FieldValidation.Strict,
            "Warn" => FieldValidation.Warn,
            "Ignore" => FieldValidation.Ignore,
            var other => throw Wrong($"fieldValidation: Unsupported value: \"{other}\": supported values: \"Ignore\", \"Warn\", \"Strict\""),
        };
        return new WriteOptions(manager.Length > 0 ? manager : ProgramOf(context.Request.Headers.UserAgent.ToString()), force == true, validation, query.DryRun());
    }

    public WriteCommand ApplyTo(WriteCommand command) => command with
    {
        FieldManager = FieldManager,
        Force = Force,
        FieldValidation = FieldValidation,
        DryRun = command.DryRun || DryRun,
    };

    /// <summary><c>kubectl/v1.33.0 (linux/amd64)</c> is <c>kubectl</c>.</summary>
    private static string ProgramOf(string userAgent)
    {
        var end = userAgent.AsSpan().IndexOfAny('/', ' ');
        var program = string.Concat((end < 0 ? userAgent : userAgent[..end]).Where(character => !char.IsControl(character)).Take(LongestManager));
        return program.Length == 0 ? "unknown" : program;
    }

    private static RefusedException Wrong(string message) => new(Statuses.BadRequest(message));
}
