using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Api.Meta;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Works;

public sealed class WorkDataRendererTests
{
    [Fact]
    public void Full_ConfigMapAndSecret_AreBytesInBase64()
    {
        var map = new ConfigMap
        {
            Metadata = new ObjectMeta { Name = "settings" },
            Data = new Dictionary<string, string> { ["text"] = "grün" },
            BinaryData = new Dictionary<string, string> { ["bytes"] = "AAEC" },
        };
        var secret = new Secret { Metadata = new ObjectMeta { Name = "db" }, Type = "kubernetes.io/tls", Data = new Dictionary<string, string> { ["tls.crt"] = "AAEC" } };

        var settings = WorkDataRenderer.Full(map, "u/1");
        var db = WorkDataRenderer.Full(secret, "u/2");

        (settings.Kind, settings.Name, settings.Version, settings.Type).ShouldBe(("ConfigMap", "settings", "u/1", null));
        settings.Values.ShouldBe(new Dictionary<string, string> { ["text"] = Convert.ToBase64String("grün"u8), ["bytes"] = "AAEC" }, ignoreOrder: true);
        (db.Kind, db.Name, db.Version, db.Type).ShouldBe(("Secret", "db", "u/2", "kubernetes.io/tls"));
        db.Values["tls.crt"].ShouldBe("AAEC");
    }

    [Fact]
    public void In_EveryPlaceOfATemplate_IsFoundOnce()
    {
        var template = new PodTemplate
        {
            Spec = new PodSpec
            {
                InitContainers = [new ContainerSpec { Env = [new EnvVar { Name = "A", ValueFrom = new EnvVarSource { ConfigMapKeyRef = new KeyReference { Name = "m1" } } }] }],
                Containers =
                [
                    new ContainerSpec
                    {
                        Env = [new EnvVar { Name = "A", ValueFrom = new EnvVarSource { SecretKeyRef = new KeyReference { Name = "s1" } } }, new EnvVar { Name = "B", Value = "plain" }],
                        EnvFrom = [new EnvFromSource { ConfigMapRef = new DataReference { Name = "m2" } }, new EnvFromSource { SecretRef = new DataReference { Name = "s2" } }],
                    },
                ],
                Volumes =
                [
                    new Volume { ConfigMap = new ConfigMapVolume { Name = "m3" } },
                    new Volume { Secret = new SecretVolume { SecretName = "s3" } },
                    new Volume { Projected = new ProjectedVolume { Sources = [new VolumeProjection { ConfigMap = new ProjectedObject { Name = "m4" } }, new VolumeProjection { Secret = new ProjectedObject { Name = "s1" } }] } },
                    new Volume { EmptyDir = new EmptyDirVolume() },
                ],
                ImagePullSecrets = [new LocalReference { Name = "s4" }],
            },
        };

        DataName.In(template).Select(name => $"{name.Kind}/{name.Name}").ShouldBe(
            ["ConfigMap/m1", "ConfigMap/m2", "ConfigMap/m3", "ConfigMap/m4", "Secret/s1", "Secret/s2", "Secret/s3", "Secret/s4"]);
    }
}
