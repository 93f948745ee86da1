using System.Text;
using System.Text.Json;
using Federation.Yaml;

namespace Federation.Gateway.Tls;

/// <summary>The administrator's kubeconfig: server, authority and bearer token in one file.</summary>
internal static class KubeConfigFile
{
    public static void Write(string path, Uri server, string authorityPem, string token)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
            Directory.CreateDirectory(directory);
        var data = Convert.ToBase64String(Encoding.ASCII.GetBytes(authorityPem));
        PrivateFiles.Write(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: federation
            contexts:
            - name: federation
              context:
                cluster: federation
                user: admin
                namespace: default
            clusters:
            - name: federation
              cluster:
                server: {{server.GetLeftPart(UriPartial.Authority)}}
                certificate-authority-data: {{data}}
            users:
            - name: admin
              user:
                token: {{token}}

            """);
    }

    /// <summary>The token of a kubeconfig written before; null: there is none to be found.</summary>
    public static string? ReadToken(string path)
    {
        try
        {
            if (!File.Exists(path) || YamlReader.Read(File.ReadAllText(path)) is not [var document, ..])
                return null;
            using var json = JsonDocument.Parse(document.Json);
            return json.RootElement.GetProperty("users")[0].GetProperty("user").GetProperty("token").GetString();
        }
        catch (Exception unusable) when (unusable is FormatException or JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or ArgumentException)
        {
            // Somebody else's file, or a broken one: it is written anew.
            return null;
        }
    }
}
