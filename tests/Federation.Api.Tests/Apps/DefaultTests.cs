using System.Text;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Json;

namespace Federation.Api.Tests.Apps;

public sealed class DefaultTests
{
    [Fact]
    public void Default_MinimalApp_FillsInWhatTheDocsState()
    {
        var app = (App)Kinds.App.DecodeAndValidate("""
            {"metadata":{"name":"web","namespace":"shop"},"spec":{
              "template":{"spec":{"containers":[{"name":"web","image":"nginx","ports":[{"containerPort":80}],
                "resources":{"limits":{"cpu":"1"}},"livenessProbe":{"httpGet":{"port":80}}}]}},
              "placement":{"spread":[{}]},"expose":[{"port":80,"dns":{}},{"port":80,"protocol":"UDP"}]}}
            """u8).Resource!;

        var container = app.Spec.Template.Spec.Containers[0];
        app.Spec.Replicas.ShouldBe(1);
        app.Spec.Template.Spec.RestartPolicy.ShouldBe("Always");
        app.Spec.Template.Spec.TerminationGracePeriodSeconds.ShouldBe(30);
        container.ImagePullPolicy.ShouldBe(ImagePullPolicy.Always);
        container.Ports[0].Protocol.ShouldBe("TCP");
        container.Resources.Requests["cpu"].Milli.ShouldBe(1000);
        container.LivenessProbe.ShouldBe(new Probe
        {
            HttpGet = container.LivenessProbe!.HttpGet,
            InitialDelaySeconds = 0,
            PeriodSeconds = 10,
            TimeoutSeconds = 1,
            SuccessThreshold = 1,
            FailureThreshold = 3,
        });
        (container.LivenessProbe.HttpGet!.Path, container.LivenessProbe.HttpGet.Scheme).ShouldBe(("/", "HTTP"));
        app.Spec.Placement.Divide!.Mode.ShouldBe(DivideMode.Weighted);
        app.Spec.Placement.Failover!.After.ShouldBe(TimeSpan.FromSeconds(10));
        app.Spec.Placement.Spread[0].Min.ShouldBe(1);
        (app.Spec.Expose[0].Name, app.Spec.Expose[0].TargetPort!.Value.Number).ShouldBe(("port-80", 80));
        app.Spec.Expose.Select(expose => (expose.Name, expose.Protocol)).ShouldBe([("port-80", "TCP"), ("port-80-udp", "UDP")]);
        (app.Spec.Expose[0].Dns!.Policy, app.Spec.Expose[0].Dns!.Ttl).ShouldBe((DnsPolicy.RoundRobin, 5));
    }

    [Theory]
    [InlineData("nginx:1.27", ImagePullPolicy.IfNotPresent)]
    [InlineData("nginx:latest", ImagePullPolicy.Always)]
    [InlineData("localhost:5000/nginx", ImagePullPolicy.Always)]
    [InlineData("localhost:5000/nginx:1", ImagePullPolicy.IfNotPresent)]
    [InlineData("nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", ImagePullPolicy.IfNotPresent)]
    public void Default_PullPolicy_FollowsTheTag(string image, ImagePullPolicy expected)
    {
        var app = (App)Kinds.App.Default(new App { Spec = new AppSpec { Template = new PodTemplate { Spec = new PodSpec { Containers = [new ContainerSpec { Image = image }] } } } });

        app.Spec.Template.Spec.Containers[0].ImagePullPolicy.ShouldBe(expected);
    }

    [Fact]
    public void Default_Twice_ChangesNothingMore()
    {
        foreach (var (kind, resource) in new (KindDefinition, Federation.Api.Meta.Resource)[] { (Kinds.App, Manifests.App), (Kinds.Cluster, Manifests.Cluster), (Kinds.App, new App()), (Kinds.Cluster, new Cluster()) })
        {
            var once = ApiJson.Write(kind.Default(resource));
            Encoding.UTF8.GetString(ApiJson.Write(kind.Default(kind.Default(resource)))).ShouldBe(Encoding.UTF8.GetString(once));
        }
    }

    [Fact]
    public void Default_Cluster_HasALease() =>
        ((Cluster)Kinds.Cluster.Default(new Cluster())).Spec.LeaseDuration.ShouldBe(TimeSpan.FromSeconds(5));
}
