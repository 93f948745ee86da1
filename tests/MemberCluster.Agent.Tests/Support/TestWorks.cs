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
}
