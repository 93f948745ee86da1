using System.Text;
using System.Text.Json.Nodes;
using Federation.Api.Snapshots;

namespace Federation.Api.Tests.Snapshots;

public sealed class PetSnapshotRulesTests
{
    private const string Once = """{ "apiVersion": "federation/v1", "kind": "PetSnapshot", "metadata": { "name": "now", "namespace": "shop" }, "spec": { "petSet": "db" } }""";
    private const string Nightly = """{ "apiVersion": "federation/v1", "kind": "PetSnapshot", "metadata": { "name": "nightly", "namespace": "shop" }, "spec": { "petSet": "db", "schedule": "0 3 * * *" } }""";

    [Fact]
    public void Default_EverythingLeftOut_IsFilledInAsDocumented()
    {
        Errors(Once).ShouldBeEmpty();
        Errors(Nightly).ShouldBeEmpty();
        Read(Once).Spec.ShouldSatisfyAllConditions(
            spec => spec.Consistency.ShouldBe(PetSnapshotConsistency.Pause), spec => spec.PauseSeconds.ShouldBe(30), spec => spec.Keep.ShouldBeNull(), spec => spec.TimeZone.ShouldBeNull());
        Read(Nightly).Spec.ShouldSatisfyAllConditions(
            spec => spec.Keep.ShouldBe(3), spec => spec.TimeZone.ShouldBe("Etc/UTC"), spec => spec.Suspend.ShouldBe(false));
        Read(With(Once, "consistency", "\"Live\"")).Spec.PauseSeconds.ShouldBeNull();
        Kinds.PetSnapshot.SpecEquals(Read(Nightly), Kinds.PetSnapshot.Default(Read(Nightly))).ShouldBeTrue();
    }

    [Theory]
    [InlineData(Once, "petSet", "\"\"", "spec.petSet")]
    [InlineData(Once, "petSet", "\"Not A Name\"", "spec.petSet")]
    [InlineData(Once, "to", "\"Eu West\"", "spec.to")]
    [InlineData(Once, "ordinals", "[0, -1]", "spec.ordinals[1]")]
    [InlineData(Once, "ordinals", "[1, 1]", "spec.ordinals[1]")]
    [InlineData(Once, "claims", """["data", "data"]""", "spec.claims[1]")]
    [InlineData(Once, "claims", """["../data"]""", "spec.claims[0]")]
    [InlineData(Once, "consistency", "\"Stop\"", "spec.consistency")]
    [InlineData(Once, "pauseSeconds", "0", "spec.pauseSeconds")]
    [InlineData(Once, "pauseSeconds", "301", "spec.pauseSeconds")]
    [InlineData(Once, "keep", "3", "spec.keep")]
    [InlineData(Once, "timeZone", "\"Etc/UTC\"", "spec.timeZone")]
    [InlineData(Once, "suspend", "true", "spec.suspend")]
    [InlineData(Once, "incremental", "true", "spec.incremental")]
    [InlineData(Nightly, "schedule", "\"0 25 * * *\"", "spec.schedule")]
    [InlineData(Nightly, "schedule", "\"0 3 30 2 *\"", "spec.schedule")]
    [InlineData(Nightly, "timeZone", "\"Mars/Olympus\"", "spec.timeZone")]
    [InlineData(Nightly, "keep", "0", "spec.keep")]
    [InlineData(Nightly, "keep", "101", "spec.keep")]
    public void Validate_OneFieldIsWrong_NamesItsPath(string manifest, string field, string value, string path) => Errors(With(manifest, field, value)).ShouldBe([path]);

    [Fact]
    public void Validate_PauseSecondsOfWhatDoesNotPause_IsRefused() =>
        Errors(With(With(Once, "consistency", "\"Live\""), "pauseSeconds", "5")).ShouldBe(["spec.pauseSeconds"]);

    [Theory]
    [InlineData(Once, "to", "\"eu\"", "spec")]
    [InlineData(Once, "schedule", "\"0 3 * * *\"", "spec.schedule")]
    [InlineData(Nightly, "petSet", "\"other\"", "spec.petSet")]
    public void ValidateUpdate_WhatCannotChange_IsRefused(string manifest, string field, string value, string path) =>
        Kinds.PetSnapshot.ValidateUpdate(Read(manifest), Read(With(manifest, field, value))).Select(error => error.Field).ShouldBe([path]);

    [Theory]
    [InlineData("schedule", "\"@daily\"")]
    [InlineData("keep", "7")]
    [InlineData("to", "\"eu\"")]
    public void ValidateUpdate_OfASchedule_MayChange(string field, string value) => Kinds.PetSnapshot.ValidateUpdate(Read(Nightly), Read(With(Nightly, field, value))).ShouldBeEmpty();

    private static string With(string manifest, string field, string value)
    {
        var node = JsonNode.Parse(manifest)!;
        node["spec"]![field] = JsonNode.Parse(value);
        return node.ToJsonString();
    }

    private static PetSnapshot Read(string manifest) => (PetSnapshot)Kinds.PetSnapshot.DecodeAndValidate(Encoding.UTF8.GetBytes(manifest)).Resource!;

    private static List<string> Errors(string manifest) => [.. Kinds.PetSnapshot.DecodeAndValidate(Encoding.UTF8.GetBytes(manifest)).Errors.Select(error => error.Field)];
}
