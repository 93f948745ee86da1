using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Core;
using Federation.Grains.Objects;

namespace Federation.Grains.Tests.Objects;

public sealed class WriteAdmissionTests
{
    private const string Web = """{"metadata":{"name":"web"},"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"}]}}}}""";

    private readonly AdmissionBench _bench = new(Kinds.App, "shop", "web");

    private App App => (App)_bench.Current!;

    [Fact]
    public void JsonPatch_TestFails_Is422WithACauseAndNothingChanges()
    {
        _bench.Send(WriteVerb.Create, Web);

        var failure = _bench.Send(WriteVerb.JsonPatch, """[{"op":"test","path":"/spec/replicas","value":9},{"op":"replace","path":"/spec/replicas","value":1}]""").ShouldBeOfType<Admission.Refused>().Failure;

        failure.Code.ShouldBe(422);
        failure.Details!.Causes.ShouldHaveSingleItem().Message.ShouldContain("the test of /spec/replicas failed");
        App.Spec.Replicas.ShouldBe(3);
    }

    [Fact]
    public void JsonPatch_OtherRevisionInIt_IsConflict()
    {
        _bench.Send(WriteVerb.Create, Web);
        var old = App.Metadata.ResourceVersion;
        _bench.Send(WriteVerb.Patch, """{"spec":{"replicas":4}}""");

        var failure = _bench.Send(WriteVerb.JsonPatch, $$"""[{"op":"replace","path":"/metadata/resourceVersion","value":"{{old}}"}]""").ShouldBeOfType<Admission.Refused>().Failure;

        failure.Code.ShouldBe(409);
    }

    [Fact]
    public void StrategicPatch_OneContainer_LeavesTheOthers()
    {
        _bench.Send(WriteVerb.Create, Web);

        _bench.Send(WriteVerb.StrategicPatch, """{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"log:1"}]}}}}""");
        _bench.Send(WriteVerb.StrategicPatch, """{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"log"},{"name":"web"}],"containers":[{"name":"web","image":"nginx:2"}]}}}}""");

        App.Spec.Template.Spec.Containers.Select(container => container.Image).ShouldBe(["log:1", "nginx:2"]);
    }

    [Theory]
    [InlineData(FieldValidation.Warn, new[] { "duplicate field \"spec.replicas\"", "unknown field \"spec.colour\"" })]
    [InlineData(FieldValidation.Ignore, new string[0])]
    internal void FieldValidation_Lenient_DropsWhatItDoesNotKnow(FieldValidation validation, string[] warnings)
    {
        var admission = _bench.Send(
            WriteVerb.Create,
            """{"metadata":{"name":"web"},"spec":{"colour":"red","replicas":3,"replicas":4,"template":{"spec":{"containers":[{"name":"web","image":"nginx:1"}]}}}}""",
            validation: validation);

        admission.ShouldBeOfType<Admission.Put>().Warnings.ShouldBe(warnings);
        App.Spec.Replicas.ShouldBe(4, "the last one counts");
    }

    [Theory]
    [InlineData(WriteVerb.Patch, """{"spec":{"colour":"red"}}""")]
    [InlineData(WriteVerb.JsonPatch, """[{"op":"add","path":"/spec/colour","value":"red"}]""")]
    [InlineData(WriteVerb.StrategicPatch, """{"spec":{"colour":"red"}}""")]
    [InlineData(WriteVerb.Apply, """{"spec":{"colour":"red"}}""")]
    internal void FieldValidation_EveryPatchType_IsStrictOrWarns(WriteVerb verb, string patch)
    {
        _bench.Send(WriteVerb.Create, Web);

        _bench.Send(verb, patch).ShouldBeOfType<Admission.Refused>().Failure.Details!.Causes.ShouldContain(cause => cause.Field == "spec.colour");
        _bench.Send(verb, patch, validation: FieldValidation.Warn).Warnings.ShouldBe(["unknown field \"spec.colour\""]);
    }

    [Fact]
    public void FieldValidation_LenientButWrongType_IsStillRefused() =>
        _bench.Send(WriteVerb.Create, """{"spec":{"replicas":"three"}}""", validation: FieldValidation.Ignore).ShouldBeOfType<Admission.Refused>().Failure.Code.ShouldBe(422);

    [Theory]
    [InlineData(WriteVerb.Replace, 404)]
    [InlineData(WriteVerb.Patch, 404)]
    [InlineData(WriteVerb.JsonPatch, 404)]
    [InlineData(WriteVerb.StrategicPatch, 404)]
    [InlineData(WriteVerb.Delete, 404)]
    internal void Write_NoObject_IsNotFound(WriteVerb verb, int code) =>
        _bench.Send(verb, "{}").ShouldBeOfType<Admission.Refused>().Failure.Code.ShouldBe(code);

    [Fact]
    public void StrategicPatch_ConfigMapData_MergesKeyByKey()
    {
        var bench = new AdmissionBench(Kinds.ConfigMap, "shop", "settings");
        bench.Send(WriteVerb.Create, """{"metadata":{"name":"settings"},"data":{"a":"1","b":"2"}}""");

        bench.Send(WriteVerb.StrategicPatch, """{"data":{"a":null,"c":"3"}}""");

        ((ConfigMap)bench.Current!).Data.ShouldBe(new Dictionary<string, string> { ["b"] = "2", ["c"] = "3" }, ignoreOrder: true);
    }
}
