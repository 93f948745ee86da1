using System.Security.Cryptography;
using System.Text.Json;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Validation;
using Federation.Gateway.Auth;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Gateway.Tables;
using Federation.Grains.Objects;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Resources;

/// <summary>Create, replace, patch and delete. The object's grain decides; the gateway only carries the request there and the answer back.</summary>
internal sealed class WriteEndpoint(IGrainFactory grains, GatewayOptions options, Freshness freshness, TableWriter tables, HostWarnings hosts)
{
    /// <summary>RFC 1123; what is longer, or has a slash, is no key.</summary>
    private const int LongestName = 253;

    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    public async Task CreateAsync(HttpContext context, KindServer server, string @namespace)
    {
        var body = await RequestBody.ReadObjectAsync(context, options.BodyLimit);
        var key = new ObjectKey(server.Kind.Kind, @namespace, NameOf(server.Kind, body));
        var command = new WriteCommand { Verb = WriteVerb.Create, Body = body };
        await AnswerAsync(context, server, await SendAsync(context, key, command));
    }

    public async Task ReplaceAsync(HttpContext context, KindServer server, ObjectKey key, string subresource)
    {
        var body = await RequestBody.ReadObjectAsync(context, options.BodyLimit);
        await AnswerAsync(context, server, await SendAsync(context, key, new WriteCommand { Verb = WriteVerb.Replace, Body = body, Subresource = subresource }));
    }

    public async Task PatchAsync(HttpContext context, KindServer server, ObjectKey key, string subresource)
    {
        var patch = await PatchBody.ReadAsync(context, options.BodyLimit);
        await AnswerAsync(context, server, await SendAsync(context, key, new WriteCommand { Verb = patch.Verb, Body = patch.Json, Subresource = subresource }));
    }

    public async Task DeleteAsync(HttpContext context, KindServer server, ObjectKey key)
    {
        var request = await DeleteRequest.ReadAsync(context, options.BodyLimit);
        var result = await SendAsync(context, key, request.ToCommand());
        if (result.Failure is null && result.Removed)
            await context.WriteStatusAsync(Statuses.Deleted(server.Kind, key.Name, result.Object?.Metadata.Uid));
        else
            await AnswerAsync(context, server, result);
    }

    /// <summary>Carries a write to its grain; on success, reads from here on show it.</summary>
    /// <param name="owner">Who owns the fields that change; null: as the request says.</param>
    public async Task<WriteResult> SendAsync(HttpContext context, ObjectKey key, WriteCommand command, string? owner = null)
    {
        command = WriteOptions.Of(context, isApply: command.Verb == WriteVerb.Apply).ApplyTo(command with { Actor = Caller.Of(context).Subject });
        command = command with { FieldManager = owner ?? command.FieldManager };
        // A write that is under way is not given up when the client goes away: it may be half a second from its commit.
        var result = await grains.GetObjectGrain(key).WriteAsync(command, CancellationToken.None);
        freshness.Acknowledge(result.Revision);
        return result;
    }

    public async Task AnswerAsync(HttpContext context, KindServer server, WriteResult result)
    {
        context.AddWarnings(result.Warnings);
        if (result.Failure is { } failure)
        {
            await context.WriteStatusAsync(failure);
            return;
        }

        var written = result.Object!;
        context.AddWarnings(await hosts.ForAsync(written, context.RequestAborted));
        context.Response.StatusCode = result.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await context.WriteJsonAsync(AcceptHeader.FormOf(context) == AnswerForm.Table
            ? tables.WriteTable(server.Kind, [new ObjectView(written, result.Revision)], new TableMeta(result.Revision, null, null), TableWriter.IncludeObjectOf(context.Request.Query), withColumns: true)
            : JsonSerializer.SerializeToUtf8Bytes(written, server.Kind.TypeInfo));
    }

    /// <exception cref="RefusedException">422 with every mistake of the body: an object that has no name cannot be sent to its grain.</exception>
    private static string NameOf(KindDefinition kind, ReadOnlyMemory<byte> body)
    {
        var metadata = ObjectMeta.Empty;
        var decoded = kind.Decode(body.Span);
        if (decoded.Resource is { } resource)
            metadata = resource.Metadata;
        var name = metadata.Name.Length == 0 && metadata.GenerateName is { Length: > 0 } prefix
            ? prefix + RandomNumberGenerator.GetString(NameAlphabet, 5)
            : metadata.Name;
        if (name.Length is > 0 and <= LongestName && !name.Contains('/'))
            return name;
        var errors = kind.DecodeAndValidate(body.Span).Errors;
        if (!errors.Any(error => error.Field == "metadata.name" || error.Type == FieldErrorType.Syntax))
            errors = [.. errors, new FieldError("metadata.name", FieldErrorType.Required, "Required value: name or generateName is required")];
        throw new RefusedException(Statuses.Invalid(kind, name, errors));
    }
}
