using System.Text;
using System.Text.Json;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Core;

/// <summary>A Secret is all content: there is no spec, and its generation stays. No message repeats a value.</summary>
internal sealed class SecretRules : KindRules
{
    private const string ServiceAccountName = "kubernetes.io/service-account.name";

    private static readonly FieldPath Data = FieldPath.Root.Child("data");

    public override NameFormat NameFormat => NameFormat.Subdomain;

    public override IReadOnlyDictionary<string, Func<Resource, string>> SelectableFields { get; } = new Dictionary<string, Func<Resource, string>>
    {
        ["type"] = static resource => ((Secret)resource).Type ?? "",
    };

    public override Resource Default(Resource resource)
    {
        var secret = (Secret)resource;
        var data = secret.Data;
        if (secret.StringData.Count > 0)
        {
            var merged = new Dictionary<string, string>(secret.Data);
            foreach (var (key, text) in secret.StringData)
                merged[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
            data = merged;
        }

        return secret with { Type = string.IsNullOrEmpty(secret.Type) ? SecretTypes.Opaque : secret.Type, Data = data, StringData = Maps.Empty };
    }

    public override void Validate(Resource resource, FieldErrors errors)
    {
        var secret = (Secret)resource;
        long size = 0;
        foreach (var (key, value) in secret.Data)
        {
            DataRules.ValidateKey(key, Data, errors);
            size += DataRules.SizeOfBase64(value, Data.Key(key), errors);
        }

        if (size > DataRules.SizeLimit)
            errors.TooLong(Data, DataRules.SizeLimit);
        ValidateType(secret, errors);
    }

    public override void ValidateUpdate(Resource old, Resource next, FieldErrors errors)
    {
        var (before, after) = ((Secret)old, (Secret)next);
        if (before.Type != after.Type)
            errors.Invalid(FieldPath.Root.Child("type"), after.Type ?? "", "field is immutable");
        if (before.Immutable != true)
            return;
        DataRules.RequireImmutable(after.Immutable, errors);
        DataRules.RequireSame(before.Data, after.Data, Data, errors);
    }

    /// <summary>
    /// | type                | required                                        |
    /// |---------------------|-------------------------------------------------|
    /// | dockercfg           | .dockercfg, JSON                                |
    /// | dockerconfigjson    | .dockerconfigjson, JSON                         |
    /// | basic-auth          | username or password                            |
    /// | ssh-auth            | ssh-privatekey, not empty                       |
    /// | tls                 | tls.crt and tls.key                             |
    /// | service-account-token | the annotation that names the service account |
    /// | any other           | nothing                                         |
    /// </summary>
    private static void ValidateType(Secret secret, FieldErrors errors)
    {
        switch (secret.Type)
        {
            case SecretTypes.DockerConfig:
                RequireJson(secret, ".dockercfg", errors);
                break;
            case SecretTypes.DockerConfigJson:
                RequireJson(secret, ".dockerconfigjson", errors);
                break;
            case SecretTypes.BasicAuth when !secret.Data.ContainsKey("username") && !secret.Data.ContainsKey("password"):
                errors.Required(Data.Key("username"));
                errors.Required(Data.Key("password"));
                break;
            case SecretTypes.SshAuth when string.IsNullOrEmpty(secret.Data.GetValueOrDefault("ssh-privatekey")):
                errors.Required(Data.Key("ssh-privatekey"));
                break;
            case SecretTypes.Tls:
                Require(secret, "tls.crt", errors);
                Require(secret, "tls.key", errors);
                break;
            case SecretTypes.ServiceAccountToken when string.IsNullOrEmpty(secret.Metadata.Annotations.GetValueOrDefault(ServiceAccountName)):
                errors.Required(FieldPath.Metadata.Child("annotations").Key(ServiceAccountName));
                break;
        }
    }

    private static void Require(Secret secret, string key, FieldErrors errors)
    {
        if (!secret.Data.ContainsKey(key))
            errors.Required(Data.Key(key));
    }

    private static void RequireJson(Secret secret, string key, FieldErrors errors)
    {
        if (!secret.Data.TryGetValue(key, out var text))
            errors.Required(Data.Key(key));
        else if (!IsJson(text))
            errors.Invalid(Data.Key(key), "(not shown)", "must be a JSON object");
    }

    private static bool IsJson(string base64)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(base64));
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return false;
        }
    }
}
