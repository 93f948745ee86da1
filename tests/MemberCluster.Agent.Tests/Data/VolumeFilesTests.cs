using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Data;

public sealed class VolumeFilesTests
{
    private static readonly Work Work = new()
    {
        Namespace = "default",
        Data = [TestWorks.MapOf("settings", ("color", "blue"), ("size", "10")), TestWorks.SecretOf("db", ("password", "s3cret"))],
    };

    [Fact]
    public void Of_ConfigMap_IsAFileForEachKeyWithTheVolumesMode() =>
        Of(new Volume { ConfigMap = new ConfigMapVolume { Name = "settings", DefaultMode = 256 } }, out _)
            .ShouldBe(["color 400 blue", "size 400 10"]);

    [Fact]
    public void Of_Items_AreTheseKeysAtTheirPaths() =>
        Of(new Volume { Secret = new SecretVolume { SecretName = "db", Items = [new KeyToPath { Key = "password", Path = "a/b", Mode = 0b100_100_000 }] } }, out _)
            .ShouldBe(["a/b 440 s3cret"]);

    [Fact]
    public void Of_DownwardApi_IsWhatThePodKnowsOfItself() =>
        Of(
            new Volume
            {
                DownwardAPI = new DownwardVolume
                {
                    Items =
                    [
                        new DownwardFile { Path = "labels", FieldRef = new FieldReference { FieldPath = "metadata.labels" } },
                        new DownwardFile { Path = "annotations", FieldRef = new FieldReference { FieldPath = "metadata.annotations" } },
                        new DownwardFile { Path = "ip", FieldRef = new FieldReference { FieldPath = "status.podIP" } },
                        new DownwardFile { Path = "memory", ResourceFieldRef = new ResourceFieldReference { ContainerName = "main", Resource = "limits.memory", Divisor = Federation.Api.Quantities.Quantity.Parse("1Mi") } },
                    ],
                },
            },
            out _).ShouldBe(["annotations 644 note=\"it \\\"is\\\"\"", "ip 644 10.0.0.7", "labels 644 app=\"web\"\ntier=\"x\"", "memory 644 64"]);

    [Fact]
    public void Of_Projected_IsAllSourcesInOneDirectory() =>
        Of(
            new Volume
            {
                Projected = new ProjectedVolume
                {
                    DefaultMode = 0b110_000_000,
                    Sources =
                    [
                        new VolumeProjection { ConfigMap = new ProjectedObject { Name = "settings", Items = [new KeyToPath { Key = "color", Path = "c" }] } },
                        new VolumeProjection { Secret = new ProjectedObject { Name = "db" } },
                        new VolumeProjection { Secret = new ProjectedObject { Name = "nothing", Optional = true } },
                        new VolumeProjection { DownwardAPI = new ProjectedFields { Items = [new DownwardFile { Path = "me", FieldRef = new FieldReference { FieldPath = "metadata.name" } }] } },
                    ],
                },
            },
            out _).ShouldBe(["c 600 blue", "me 600 pod-1", "password 600 s3cret"]);

    [Fact]
    public void Of_MissingObjectOrKey_IsNamed()
    {
        Of(new Volume { ConfigMap = new ConfigMapVolume { Name = "nothing" } }, out var missing);
        missing.ShouldBe(new MissingData("ConfigMapMissing", "ConfigMap default/nothing does not exist"));

        Of(new Volume { Secret = new SecretVolume { SecretName = "db", Items = [new KeyToPath { Key = "user", Path = "u" }] } }, out missing);
        missing.ShouldBe(new MissingData("SecretMissing", "Secret default/db has no key user"));

        Of(new Volume { Secret = new SecretVolume { SecretName = "nothing", Optional = true } }, out missing).ShouldBeEmpty();
        missing.ShouldBeNull();
    }

    private static List<string> Of(Volume volume, out MissingData? missing) =>
        VolumeFiles.Of(volume, Work, TestFacts.Pod, out missing).Select(file => $"{file.Path} {Convert.ToString((int)file.Mode, 8)} {Encoding.UTF8.GetString(file.Content)}").ToList();
}
