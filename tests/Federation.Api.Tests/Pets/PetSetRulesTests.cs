using System.Text;
using System.Text.Json.Nodes;
using Federation.Api.Pets;

namespace Federation.Api.Tests.Pets;

public sealed class PetSetRulesTests
{
    private const string Db = """
        {
          "apiVersion": "federation/v1", "kind": "PetSet", "metadata": { "name": "db", "namespace": "shop" },
          "spec": {
            "replicas": 5,
            "template": { "spec": { "containers": [ { "name": "db", "image": "db:3", "ports": [ { "name": "peer", "containerPort": 2380 } ],
              "volumeMounts": [ { "name": "data", "mountPath": "/data" } ] } ] } },
            "volumeClaims": [ { "name": "data", "size": "10Gi", "class": "ssd" } ],
            "expose": [ { "name": "peer", "port": 2380, "targetPort": "peer", "perPet": true }, { "port": 2379, "targetPort": 2379, "dns": {} } ]
          }
        }
        """;

    [Fact]
    public void Default_EverythingLeftOut_IsFilledInAsDocumented()
    {
        var set = Read(Db);

        Errors(Db).ShouldBeEmpty();
        set.Spec.Ordinals.Start.ShouldBe(0);
        set.Spec.PodManagementPolicy.ShouldBe(PodManagementPolicy.OrderedReady);
        set.Spec.VolumeRetention.ShouldBe(new VolumeRetention { WhenDeleted = RetentionPolicy.Retain, WhenScaled = RetentionPolicy.Retain });
        set.Spec.UpdateStrategy.ShouldBe(new PetUpdateStrategy { Type = PetUpdateType.RollingUpdate, Partition = 0 });
        set.Spec.PartitionPolicy.ShouldBe(PartitionPolicy.Fence);
        set.Spec.Placement.Failover.ShouldBe(new PetFailover { After = TimeSpan.FromSeconds(5), Volumes = FailoverVolumes.Wait });
        set.Spec.Expose[1].ShouldBe(new PetExposeSpec { Name = "port-2379", Port = 2379, Protocol = "TCP", TargetPort = 2379, PerPet = false, Dns = set.Spec.Expose[1].Dns });
        Kinds.PetSet.SpecEquals(set, Kinds.PetSet.Default(set)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("replicas", "1001", "spec.replicas")]
    [InlineData("ordinals", """{ "start": -1 }""", "spec.ordinals.start")]
    [InlineData("minReadySeconds", "-1", "spec.minReadySeconds")]
    [InlineData("podManagementPolicy", "\"Random\"", "spec.podManagementPolicy")]
    [InlineData("partitionPolicy", "\"Hope\"", "spec.partitionPolicy")]
    [InlineData("serviceName", "\"db\"", "spec.serviceName")]
    [InlineData("volumeClaimTemplates", "[]", "spec.volumeClaimTemplates")]
    [InlineData("updateStrategy", """{ "type": "OnDelete", "partition": 2 }""", "spec.updateStrategy.partition")]
    [InlineData("updateStrategy", """{ "rollingUpdate": { "partition": 2 } }""", "spec.updateStrategy.rollingUpdate")]
    [InlineData("placement", """{ "divide": { "mode": "Weighted" } }""", "spec.placement.divide")]
    [InlineData("placement", """{ "failover": { "volumes": "Copy" } }""", "spec.placement.failover.volumes")]
    [InlineData("placement", """{ "spread": [ { "by": "region", "min": 6 } ] }""", "spec.placement.spread[0].min")]
    [InlineData("volumeClaims", """[ { "name": "data" } ]""", "spec.volumeClaims[0].size")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "0" } ]""", "spec.volumeClaims[0].size")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "1" }, { "name": "data", "size": "1" } ]""", "spec.volumeClaims[1].name")]
    [InlineData("volumeClaims", """[ { "name": "other", "size": "1" } ]""", "spec.template.spec.containers[0].volumeMounts[0].name")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "1", "from": {} } ]""", "spec.volumeClaims[0].from.snapshot")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "1", "from": { "snapshot": "nightly", "id": "a/b" } } ]""", "spec.volumeClaims[0].from.id")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "1", "from": { "snapshot": "nightly", "missing": "Guess" } } ]""", "spec.volumeClaims[0].from.missing")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "1", "from": { "snapshot": "nightly" } }, { "name": "log", "size": "1", "from": { "snapshot": "weekly" } } ]""", "spec.volumeClaims[1].from")]
    [InlineData("expose", """[ { "port": 65532, "targetPort": 1, "perPet": true } ]""", "spec.expose[0].port")]
    [InlineData("expose", """[ { "port": 2380, "targetPort": 1, "perPet": true }, { "port": 2384, "targetPort": 2 } ]""", "spec.expose[1].port")]
    [InlineData("expose", """[ { "port": 2379, "targetPort": "nobody" } ]""", "spec.expose[0].targetPort")]
    public void Validate_OneFieldIsWrong_NamesItsPath(string field, string value, string path) =>
        Errors(With(field, value)).ShouldContain(path);

    [Fact]
    public void Validate_PortsOfPetsEndBeforeTheNext_AreNoMistake() =>
        Errors(With("expose", """[ { "port": 2380, "targetPort": 1, "perPet": true }, { "port": 2385, "targetPort": 2 }, { "port": 2382, "protocol": "UDP", "targetPort": 2 } ]""")).ShouldBeEmpty();

    [Fact]
    public void Validate_NameLeavesNoRoomForOrdinals_IsRefused()
    {
        var manifest = JsonNode.Parse(Db)!;
        manifest["metadata"]!["name"] = new string('d', 57);

        Errors(manifest.ToJsonString()).ShouldBe(["metadata.name"]);
    }

    [Theory]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "9Gi", "class": "ssd" } ]""", "spec.volumeClaims[0].size")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "10Gi" } ]""", "spec.volumeClaims[0].class")]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "10Gi", "class": "ssd" }, { "name": "log", "size": "1Gi" } ]""", "spec.volumeClaims[1]")]
    [InlineData("volumeClaims", "[]", "spec.volumeClaims")]
    public void ValidateUpdate_ClaimChanges_IsRefused(string field, string value, string path) =>
        Kinds.PetSet.ValidateUpdate(Read(Db), Read(With(field, value))).Select(error => error.Field).ShouldContain(path);

    [Theory]
    [InlineData("volumeClaims", """[ { "name": "data", "size": "20Gi", "class": "ssd" } ]""")]
    [InlineData("podManagementPolicy", "\"Parallel\"")]
    [InlineData("ordinals", """{ "start": 3 }""")]
    [InlineData("partitionPolicy", "\"Keep\"")]
    public void ValidateUpdate_WhatMayChange_IsAllowed(string field, string value) =>
        Kinds.PetSet.ValidateUpdate(Read(Db), Read(With(field, value))).ShouldBeEmpty();

    private static string With(string field, string value)
    {
        var manifest = JsonNode.Parse(Db)!;
        manifest["spec"]![field] = JsonNode.Parse(value);
        return manifest.ToJsonString();
    }

    private static PetSet Read(string json) => (PetSet)Kinds.PetSet.DecodeAndValidate(Encoding.UTF8.GetBytes(json)).Resource!;

    private static List<string> Errors(string json) => [.. Kinds.PetSet.DecodeAndValidate(Encoding.UTF8.GetBytes(json)).Errors.Select(error => error.Field)];
}
