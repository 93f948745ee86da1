using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>Works as a control plane renders them.</summary>
internal static class TestWorks
{
    public const string Image = "web:1";

    public static Work Web(int replicas, string uid = "uid-web", string hash = "hash-1", string image = Image, Probe? readiness = null, Probe? liveness = null, int grace = 2) => new()
    {
        Uid = uid,
        Kind = "App",
        Namespace = "default",
        Name = uid.Replace("uid-", "", StringComparison.Ordinal),
        Revision = 1,
        Generation = 1,
        Replicas = replicas,
        TemplateHash = hash,
        Template = new PodTemplate
        {
            Metadata = new TemplateMeta { Labels = new Dictionary<string, string> { ["app"] = "web" } },
            Spec = new PodSpec
            {
                TerminationGracePeriodSeconds = grace,
                Containers = [new ContainerSpec { Name = "main", Image = image, ReadinessProbe = readiness, LivenessProbe = liveness }],
            },
        },
    };

    public static Work WithContainers(this Work work, params string[] names) => work with
    {
        Template = work.Template with { Spec = work.Template.Spec with { Containers = [.. names.Select(name => new ContainerSpec { Name = name, Image = Image })] } },
    };

    public static Probe HttpProbe(int period = 10, int failures = 3) =>
        new() { HttpGet = new HttpGetAction { Port = 80 }, PeriodSeconds = period, FailureThreshold = failures };

    public static Work WithData(this Work work, params WorkData[] data) => work with { Data = data };

    public static WorkData MapOf(string name, params (string Key, string Value)[] values) => DataOf("ConfigMap", name, values);

    public static WorkData SecretOf(string name, params (string Key, string Value)[] values) => DataOf("Secret", name, values) with { Type = "Opaque" };

    /// <summary>Its version follows from its contents.</summary>
    private static WorkData DataOf(string kind, string name, (string Key, string Value)[] values) => new()
    {
        Kind = kind,
        Name = name,
        Version = string.Join(';', values.Select(pair => $"{pair.Key}:{pair.Value.Length}:{string.GetHashCode(pair.Value, StringComparison.Ordinal)}")),
        Values = values.ToDictionary(pair => pair.Key, pair => Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))),
    };

    public static Work WithSpec(this Work work, Func<PodSpec, PodSpec> change) => work with { Template = work.Template with { Spec = change(work.Template.Spec) } };

    public static Work WithContainer(this Work work, Func<ContainerSpec, ContainerSpec> change) =>
        work.WithSpec(spec => spec with { Containers = [change(spec.Containers[0]), .. spec.Containers.Skip(1)] });
}
