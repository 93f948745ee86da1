using System.Text.Json;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Validation;
using Federation.Gateway.Auth;
using Federation.Gateway.Hosting;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Federation.Gateway.Sources;
using Federation.Grains.Pets;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Pets;

/// <summary><c>POST …/petsets/NAME/fence</c>, <c>…/release</c> and <c>…/move</c>: a person says something of one pet. The body is <c>{"ordinal": 0, "epoch": 3}</c>; without an epoch, the present one is meant. A move has <c>"to": "eu-west"</c> besides, and possibly <c>"back": true</c>, or has <c>"cancel": true</c>.</summary>
/// <remarks>The word stands in the set's status, with who said it, until it is done.</remarks>
internal sealed class PetWordEndpoint(IGrainFactory grains, WriteEndpoint writes, Freshness freshness, GatewayOptions options)
{
    public async Task SayAsync(HttpContext context, KindServer server, ObjectKey key, PetWordKind kind)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
            throw new RefusedException(Statuses.MethodNotAllowed());
        using var document = RequestBody.Parse(await RequestBody.ReadObjectAsync(context, options.BodyLimit));
        var word = Read(document.RootElement, kind, server.Kind, key) with { By = Caller.Of(context).Subject };
        // A word that is under way is not given up when the client goes away.
        var result = await grains.GetGrain<IPetSetGrain>(key.ToString()).SayAsync(word, context.Request.Query.DryRun(), CancellationToken.None);
        freshness.Acknowledge(result.Revision);
        await writes.AnswerAsync(context, server, result);
    }

    /// <exception cref="RefusedException">422 with every field that is wrong, missing or unknown.</exception>
    private static PetWord Read(JsonElement body, PetWordKind said, KindDefinition kind, ObjectKey key)
    {
        var errors = new FieldErrors();
        var word = new PetWord { Kind = said, Ordinal = -1 };
        var isCancelled = false;
        foreach (var field in body.EnumerateObject())
        {
            switch (field.Name)
            {
                case "ordinal" when field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var ordinal) && ordinal >= 0:
                    word = word with { Ordinal = ordinal };
                    break;
                case "epoch" when field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt64(out var epoch) && epoch > 0:
                    word = word with { Epoch = epoch };
                    break;
                case "to" when said == PetWordKind.Move && field.Value.ValueKind == JsonValueKind.String && field.Value.GetString() is { Length: > 0 } to:
                    word = word with { To = to };
                    break;
                case "cancel" when said == PetWordKind.Move && field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    isCancelled = field.Value.GetBoolean();
                    break;
                case "back" when said == PetWordKind.Move && field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    word = word with { Back = field.Value.GetBoolean() ? true : null };
                    break;
                case "to" or "cancel" or "back" when said == PetWordKind.Move:
                    errors.Invalid(FieldPath.Root.Child(field.Name), field.Value.GetRawText(), field.Name == "to" ? "must be the name of a cluster" : "must be true or false");
                    break;
                case "ordinal" or "epoch":
                    errors.Invalid(FieldPath.Root.Child(field.Name), field.Value.GetRawText(), field.Name == "epoch" ? "must be a number greater than 0" : "must be a number, 0 or greater");
                    break;
                default:
                    errors.UnknownField(FieldPath.Root.Child(field.Name), suggestion: null);
                    break;
            }
        }

        if (!body.TryGetProperty("ordinal", out _))
            errors.Required(FieldPath.Root.Child("ordinal"));
        if (said == PetWordKind.Move && !isCancelled && !body.TryGetProperty("to", out _))
            errors.Required(FieldPath.Root.Child("to"));
        if (isCancelled && word.To is not null)
            errors.Forbidden(FieldPath.Root.Child("to"), "a move is either asked for or taken back");
        if (isCancelled && word.Back is not null)
            errors.Forbidden(FieldPath.Root.Child("back"), "only a move to a cluster takes it");
        return errors.IsEmpty ? word : throw new RefusedException(Statuses.Invalid(kind, key.Name, errors.All));
    }
}
