using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Core;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Images;

/// <summary>The credentials of a template's <c>imagePullSecrets</c> for one image. Pure; nothing of a secret reaches a message.</summary>
internal sealed record PullCredentials(ImmutableArray<RegistryAuth> Auths, ImmutableArray<string> Missing)
{
    public static PullCredentials None { get; } = new([], []);

    /// <summary>Those whose registry, and path, the image is of; the closest first.</summary>
    public static PullCredentials For(string image, Work work)
    {
        if (work.Template.Spec.ImagePullSecrets.Count == 0 || !ImageReference.TryParse(image, out var reference))
            return None;
        var target = Normal(reference.Registry == "docker.io" && !reference.Name.StartsWith("docker.io/", StringComparison.Ordinal) ? $"docker.io/{reference.Name}" : reference.Name);
        var found = new List<(int Length, RegistryAuth Auth)>();
        var missing = ImmutableArray.CreateBuilder<string>();
        foreach (var name in work.Template.Spec.ImagePullSecrets.Select(secret => secret.Name))
        {
            if (work.Data.FirstOrDefault(data => data.Kind == Secret.KindName && data.Name == name) is not { } secret)
                missing.Add($"Secret {work.Namespace}/{name}, named in imagePullSecrets, does not exist");
            else
                found.AddRange(In(secret).Where(entry => Covers(entry.Registry, target)).Select(entry => (entry.Registry.Length, entry.Auth)));
        }

        return new PullCredentials([.. found.OrderByDescending(entry => entry.Length).Select(entry => entry.Auth).Distinct()], missing.ToImmutable());
    }

    private static bool Covers(string registry, string image) => image == registry || image.StartsWith(registry.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static IEnumerable<(string Registry, RegistryAuth Auth)> In(WorkData secret)
    {
        var (key, isNested) = secret.Type == SecretTypes.DockerConfig ? (".dockercfg", false) : (".dockerconfigjson", true);
        if (!secret.Values.TryGetValue(key, out var value) || Parse(value) is not { } document)
            yield break;
        using (document)
        {
            var auths = document.RootElement;
            if (auths.ValueKind != JsonValueKind.Object || (isNested && !auths.TryGetProperty("auths", out auths)) || auths.ValueKind != JsonValueKind.Object)
                yield break;
            foreach (var entry in auths.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.Object))
            {
                if (AuthOf(entry.Value) is { } auth)
                    yield return (Normal(entry.Name), auth);
            }
        }
    }

    private static RegistryAuth? AuthOf(JsonElement entry)
    {
        if (TextOf(entry, "identitytoken") is { Length: > 0 } token)
            return new RegistryAuth(TextOf(entry, "username") ?? "", "") { IdentityToken = token };
        if (TextOf(entry, "username") is { Length: > 0 } user && TextOf(entry, "password") is { } password)
            return new RegistryAuth(user, password);
        if (TextOf(entry, "auth") is not { } auth)
            return null;
        var buffer = new byte[auth.Length];
        if (!Convert.TryFromBase64String(auth, buffer, out var length))
            return null;
        return Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2) is [var name, var secret] ? new RegistryAuth(name, secret.TrimEnd('\0')) : null;
    }

    private static string? TextOf(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonDocument? Parse(string base64)
    {
        try
        {
            return JsonDocument.Parse(Convert.FromBase64String(base64));
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary><c>https://index.docker.io/v1/</c> and <c>docker.io</c> are one, as every tool writes them.</summary>
    private static string Normal(string registry)
    {
        var name = registry;
        foreach (var scheme in (ReadOnlySpan<string>)["https://", "http://"])
            name = name.StartsWith(scheme, StringComparison.Ordinal) ? name[scheme.Length..] : name;
        foreach (var version in (ReadOnlySpan<string>)["/v1/", "/v2/", "/v1", "/v2", "/"])
            name = name.EndsWith(version, StringComparison.Ordinal) ? name[..^version.Length] : name;
        foreach (var alias in (ReadOnlySpan<string>)["index.docker.io", "registry-1.docker.io"])
            name = name == alias || name.StartsWith(alias + "/", StringComparison.Ordinal) ? "docker.io" + name[alias.Length..] : name;
        return name;
    }
}
