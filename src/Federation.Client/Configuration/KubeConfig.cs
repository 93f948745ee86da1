using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Federation.Yaml;

namespace Federation.Client;

/// <summary>Reads kubectl's configuration file: the server, its certificate authority and the bearer token of the current context.</summary>
public static class KubeConfig
{
    /// <exception cref="KubeConfigException">The file is missing or does not say where to go; the message names the file and the entry.</exception>
    public static ClientOptions Load(string path, string? context = null)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException(path, failed.Message, failed);
        }

        try
        {
            var document = YamlReader.Read(text) is [var first, ..] ? first : throw new FormatException("the file is empty");
            using var json = JsonDocument.Parse(document.Json);
            return Read(json.RootElement, context, Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception wrong) when (wrong is FormatException or JsonException or InvalidOperationException or CryptographicException or IOException)
        {
            throw new KubeConfigException(path, wrong.Message, wrong);
        }
    }

    private static ClientOptions Read(JsonElement root, string? contextName, string directory)
    {
        contextName ??= Text(root, "current-context") ?? throw new FormatException("there is no current-context");
        var context = Entry(root, "contexts", contextName, "context");
        var cluster = Entry(root, "clusters", Text(context, "cluster") ?? "", "cluster");
        var user = Text(context, "user") is { Length: > 0 } userName ? Entry(root, "users", userName, "user") : default;
        var server = Text(cluster, "server");
        return new ClientOptions
        {
            Server = Uri.TryCreate(server, UriKind.Absolute, out var uri) ? uri : throw new FormatException($"the server '{server}' is not a URL"),
            Authorities = [.. Authorities(cluster, directory)],
            Token = Token(user, directory),
            Namespace = Text(context, "namespace") is { Length: > 0 } @namespace ? @namespace : "default",
        };
    }

    private static X509Certificate2Collection Authorities(JsonElement cluster, string directory)
    {
        var authorities = new X509Certificate2Collection();
        if (Text(cluster, "certificate-authority-data") is { } data)
            authorities.ImportFromPem(System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(data)));
        else if (Text(cluster, "certificate-authority") is { } file)
            authorities.ImportFromPemFile(Path.Combine(directory, file));
        return authorities;
    }

    private static string? Token(JsonElement user, string directory)
    {
        if (user.ValueKind != JsonValueKind.Object)
            return null;
        return Text(user, "token") ?? (Text(user, "tokenFile") is { } file ? File.ReadAllText(Path.Combine(directory, file)).Trim() : null);
    }

    private static JsonElement Entry(JsonElement root, string list, string name, string body)
    {
        if (root.TryGetProperty(list, out var entries) && entries.ValueKind == JsonValueKind.Array)
        {
            foreach (var entry in entries.EnumerateArray())
            {
                if (Text(entry, "name") == name && entry.TryGetProperty(body, out var found))
                    return found;
            }
        }

        throw new FormatException($"{list} has no entry named '{name}'");
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>The kubeconfig cannot be used.</summary>
public sealed class KubeConfigException(string path, string problem, Exception? innerException = null)
    : Exception($"{path}: {problem}", innerException);
