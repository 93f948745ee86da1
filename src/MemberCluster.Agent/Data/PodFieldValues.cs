using System.Globalization;
using System.Text;
using Federation.Api.Apps;
using Federation.Api.Quantities;

namespace MemberCluster.Agent.Data;

/// <summary>Fields of a pod and resources of its containers as text. Pure; validation has refused what is not known here.</summary>
internal static class PodFieldValues
{
    public static string Of(FieldReference reference, PodFacts pod)
    {
        if (!PodFieldPath.TryParse(reference.FieldPath, out var path))
            return "";
        return path.Field switch
        {
            PodField.Name => pod.Name,
            PodField.Namespace => pod.Namespace,
            PodField.Uid => pod.Uid,
            PodField.Labels => Of(pod.Template.Metadata.Labels, path.Key),
            PodField.Annotations => Of(pod.Template.Metadata.Annotations, path.Key),
            PodField.NodeName => pod.Node,
            PodField.PodIP => pod.PodIP,
            PodField.HostIP => pod.HostIP,
            PodField.Cluster => pod.Cluster,
            PodField.Region => pod.Region,
            PodField.Zone => pod.Zone,
            _ => "",
        };
    }

    /// <summary>The amount in units of the divisor, rounded up. A container without a limit can use what the machine has.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="container">The container it stands in, when it names none; null in volumes.</param>
    /// <param name="pod">The pod.</param>
    public static string Of(ResourceFieldReference reference, ContainerSpec? container, PodFacts pod)
    {
        var meant = string.IsNullOrEmpty(reference.ContainerName)
            ? container
            : pod.Template.Spec.InitContainers.Concat(pod.Template.Spec.Containers).FirstOrDefault(candidate => candidate.Name == reference.ContainerName);
        var resources = meant?.Resources ?? new ResourceRequirements();
        var divisor = reference.Divisor is { Milli: > 0 } given ? given.Milli : 1000;
        var milli = (Int128)(reference.Resource switch
        {
            ResourceFields.CpuLimit => Find(resources.Limits, "cpu") ?? pod.Machine.MilliCores,
            ResourceFields.MemoryLimit => Find(resources.Limits, "memory") ?? pod.Machine.MemoryBytes * 1000,
            ResourceFields.CpuRequest => Find(resources.Requests, "cpu") ?? Find(resources.Limits, "cpu") ?? 0,
            ResourceFields.MemoryRequest => Find(resources.Requests, "memory") ?? Find(resources.Limits, "memory") ?? 0,
            _ => 0,
        });
        return ((milli + divisor - 1) / divisor).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>One value, or all of them as Kubernetes writes them: <c>key="value"</c>, a line each, sorted.</summary>
    private static string Of(IReadOnlyDictionary<string, string> map, string? key)
    {
        if (key is not null)
            return map.GetValueOrDefault(key, "");
        var text = new StringBuilder();
        foreach (var (name, value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append(name).Append('=').Append(Quoted(value)).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    private static string Quoted(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in value)
        {
            quoted.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(letter) => $"\\x{(int)letter:x2}",
                _ => letter.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static long? Find(IReadOnlyDictionary<string, Quantity> amounts, string resource) =>
        amounts.TryGetValue(resource, out var amount) ? amount.Milli : null;
}
