using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Quantities;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Data;

public sealed class ContainerEnvironmentTests
{
    private static readonly Dictionary<string, string> Own = new() { ["FEDERATION_REGION"] = "us-east" };

    private static readonly WorkData[] Data =
    [
        TestWorks.MapOf("settings", ("color", "blue"), ("size", "10"), ("not a name=", "x")),
        TestWorks.SecretOf("db", ("password", "s3cret"), ("size", "20")),
    ];

    [Fact]
    public void Of_Sources_OverruleInOrderAndEnvOverrulesThemAll()
    {
        var container = new ContainerSpec
        {
            EnvFrom =
            [
                new EnvFromSource { ConfigMapRef = new DataReference { Name = "settings" } },
                new EnvFromSource { SecretRef = new DataReference { Name = "db" } },
                new EnvFromSource { Prefix = "X_", ConfigMapRef = new DataReference { Name = "settings" } },
            ],
            Env = [new EnvVar { Name = "color", Value = "red" }, new EnvVar { Name = "FEDERATION_REGION", Value = "mine" }],
        };

        var env = Of(container, out var missing);

        missing.ShouldBeNull();
        env.ShouldBe(
            new Dictionary<string, string>
            {
                ["FEDERATION_REGION"] = "mine",
                ["color"] = "red",
                ["size"] = "20",
                ["password"] = "s3cret",
                ["X_color"] = "blue",
                ["X_size"] = "10",
            },
            ignoreOrder: true);
    }

    [Fact]
    public void Of_Values_NameWhatCameBeforeThem()
    {
        var container = new ContainerSpec
        {
            EnvFrom = [new EnvFromSource { ConfigMapRef = new DataReference { Name = "settings" } }],
            Env =
            [
                new EnvVar { Name = "A", Value = "$(color)-$(LATER)-$$(color)-$(FEDERATION_REGION)" },
                new EnvVar { Name = "LATER", Value = "x" },
                new EnvVar { Name = "B", Value = "$(LATER)$(A" },
                new EnvVar { Name = "PASSWORD", ValueFrom = new EnvVarSource { SecretKeyRef = new KeyReference { Name = "db", Key = "password" } } },
                new EnvVar { Name = "URL", Value = "db://user:$(PASSWORD)@host" },
            ],
        };

        var env = Of(container, out _);

        env["A"].ShouldBe("blue-$(LATER)-$(color)-us-east");
        env["B"].ShouldBe("x$(A");
        env["URL"].ShouldBe("db://user:s3cret@host");
    }

    [Theory]
    [InlineData("nothing", "password", "SecretMissing", "Secret default/nothing does not exist")]
    [InlineData("db", "nothing", "SecretMissing", "Secret default/db has no key nothing")]
    public void Of_SecretOrKeyIsMissing_NamesIt(string name, string key, string reason, string message)
    {
        EnvVar Variable(bool? optional) => new() { Name = "P", ValueFrom = new EnvVarSource { SecretKeyRef = new KeyReference { Name = name, Key = key, Optional = optional } } };

        _ = Of(new ContainerSpec { Env = [Variable(null)] }, out var missing);
        missing.ShouldBe(new MissingData(reason, message));

        Of(new ContainerSpec { Env = [Variable(true)] }, out missing).ContainsKey("P").ShouldBeFalse();
        missing.ShouldBeNull();
    }

    [Fact]
    public void Of_ConfigMapOfEnvFromIsMissing_IsWaitedForUnlessItIsOptional()
    {
        EnvFromSource Source(bool? optional) => new() { ConfigMapRef = new DataReference { Name = "nothing", Optional = optional } };

        _ = Of(new ContainerSpec { EnvFrom = [Source(false)] }, out var missing);
        missing.ShouldBe(new MissingData("ConfigMapMissing", "ConfigMap default/nothing does not exist"));

        _ = Of(new ContainerSpec { EnvFrom = [Source(true)] }, out missing);
        missing.ShouldBeNull();
    }

    [Theory]
    [InlineData("metadata.name", "pod-1")]
    [InlineData("metadata.namespace", "default")]
    [InlineData("metadata.uid", "uid-1")]
    [InlineData("metadata.labels['app']", "web")]
    [InlineData("metadata.labels['none']", "")]
    [InlineData("metadata.annotations['note']", "it \"is\"")]
    [InlineData("spec.nodeName", "node-1")]
    [InlineData("status.podIP", "10.0.0.7")]
    [InlineData("status.hostIP", "192.0.2.1")]
    [InlineData("federation.cluster", "us-east-1")]
    [InlineData("federation.region", "us-east")]
    [InlineData("federation.zone", "a")]
    public void Of_FieldOfThePod_IsItsValue(string field, string value) =>
        Of(new ContainerSpec { Env = [new EnvVar { Name = "F", ValueFrom = new EnvVarSource { FieldRef = new FieldReference { FieldPath = field } } }] }, out _)["F"].ShouldBe(value);

    [Theory]
    [InlineData("limits.cpu", null, "2")]
    [InlineData("limits.cpu", "1m", "1500")]
    [InlineData("requests.cpu", "1m", "200")]
    [InlineData("limits.memory", null, "8589934592")]
    [InlineData("requests.memory", "1Mi", "64")]
    public void Of_ResourceOfTheContainer_IsInItsUnitsRoundedUp(string resource, string? divisor, string value)
    {
        var container = new ContainerSpec
        {
            Resources = new ResourceRequirements
            {
                Limits = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("1500m") },
                Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse("200m"), ["memory"] = Quantity.Parse("64Mi") },
            },
            Env = [new EnvVar { Name = "R", ValueFrom = new EnvVarSource { ResourceFieldRef = new ResourceFieldReference { Resource = resource, Divisor = divisor is null ? null : Quantity.Parse(divisor) } } }],
        };

        Of(container, out _)["R"].ShouldBe(value);
    }

    private static System.Collections.Immutable.ImmutableDictionary<string, string> Of(ContainerSpec container, out MissingData? missing) =>
        ContainerEnvironment.Of(container, Own, new Work { Namespace = "default", Data = Data }, TestFacts.Pod, out missing);
}

internal static class TestFacts
{
    public static PodFacts Pod { get; } = new()
    {
        Name = "pod-1",
        Namespace = "default",
        Uid = "uid-1",
        Cluster = "us-east-1",
        Region = "us-east",
        Zone = "a",
        Node = "node-1",
        PodIP = "10.0.0.7",
        HostIP = "192.0.2.1",
        Machine = new MachineSize(8000, 8L << 30),
        Template = new PodTemplate
        {
            Metadata = new TemplateMeta { Labels = new Dictionary<string, string> { ["tier"] = "x", ["app"] = "web" }, Annotations = new Dictionary<string, string> { ["note"] = "it \"is\"" } },
            Spec = new PodSpec { Containers = [new ContainerSpec { Name = "main", Resources = new ResourceRequirements { Limits = new Dictionary<string, Quantity> { ["memory"] = Quantity.Parse("64Mi") } } }] },
        },
    };
}
