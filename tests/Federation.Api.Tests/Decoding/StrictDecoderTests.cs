using Federation.Api.Apps;
using Federation.Api.Validation;

namespace Federation.Api.Tests.Decoding;

public sealed class StrictDecoderTests
{
    [Fact]
    public void Decode_RightManifests_GiveObjectsWithoutErrors()
    {
        var app = Kinds.App.DecodeAndValidate(Manifests.Utf8(Manifests.Web));
        app.Errors.ShouldBeEmpty();
        var spec = app.Resource.ShouldBeOfType<App>().Spec;
        spec.Replicas.ShouldBe(6);
        spec.Placement.Failover!.After.ShouldBe(TimeSpan.FromSeconds(10));
        spec.Placement.Spread[0].By.ShouldBe(SpreadTopology.Region);
        spec.Expose[0].TargetPort!.Value.Text.ShouldBe("http");
        spec.Template.Spec.Containers[0].Resources.Requests["cpu"].Milli.ShouldBe(200);

        var cluster = Kinds.Cluster.DecodeAndValidate(Manifests.Utf8(Manifests.UsEast));
        cluster.Errors.ShouldBeEmpty();
    }

    [Fact]
    public void DecodeAndValidate_ThreeDifferentMistakes_NamesAllThreeByPathAtOnce()
    {
        var body = Manifests.WebWith(manifest =>
        {
            manifest["spec"]!["replicaz"] = 3;
            manifest.Container(0)["ports"]![0]!["containerPort"] = "eighty";
            manifest.Container(1)["image"] = "not an image";
        });

        var result = Kinds.App.DecodeAndValidate(body);

        result.Errors.Select(error => (error.Field, error.Reason)).ShouldBe(
        [
            ("spec.replicaz", "FieldValueForbidden"),
            ("spec.template.spec.containers[0].ports[0].containerPort", "FieldValueTypeInvalid"),
            ("spec.template.spec.containers[1].image", "FieldValueInvalid"),
        ], ignoreOrder: true);
        result.Errors.Single(error => error.Field == "spec.replicaz").Message.ShouldBe("Forbidden: unknown field; did you mean \"replicas\"?");
    }

    [Theory]
    [InlineData("\"spec\":{\"replicas\":\"6\"}", "spec.replicas", "Invalid value: \"6\": must be an integer, not a string")]
    [InlineData("\"spec\":{\"replicas\":1.5}", "spec.replicas", "Invalid value: 1.5: must be an integer")]
    [InlineData("\"spec\":{\"replicas\":99999999999}", "spec.replicas", "Invalid value: 99999999999: must be an integer between -2147483648 and 2147483647")]
    [InlineData("\"spec\":{\"replicas\":[]}", "spec.replicas", "Invalid value: list: must be an integer")]
    [InlineData("\"spec\":5", "spec", "Invalid value: 5: must be an object")]
    [InlineData("\"spec\":{\"expose\":{}}", "spec.expose", "Invalid value: object: must be a list")]
    [InlineData("\"metadata\":{\"labels\":[1]}", "metadata.labels", "Invalid value: list: must be a map")]
    [InlineData("\"metadata\":{\"labels\":{\"foo/bar\":1}}", "metadata.labels[foo/bar]", "Invalid value: 1: must be a string: put it in quotes")]
    [InlineData("\"metadata\":{\"name\":null}", "metadata.name", "Invalid value: null: must not be null")]
    [InlineData("\"metadata\":{\"creationTimestamp\":\"soon\"}", "metadata.creationTimestamp", "Invalid value: \"soon\": must be a time such as 2030-01-31T12:00:00Z")]
    [InlineData("\"spec\":{\"placement\":{\"failover\":{\"after\":\"ten\"}}}", "spec.placement.failover.after", "Invalid value: \"ten\": must be a duration such as 10s, 1m30s or 500ms")]
    [InlineData("\"spec\":{\"placement\":{\"divide\":{\"mode\":\"weighted\"}}}", "spec.placement.divide.mode", "Unsupported value: \"weighted\": supported values: \"Weighted\", \"Capacity\", \"Duplicate\"")]
    [InlineData("\"spec\":{\"placement\":{\"divide\":{\"mode\":1}}}", "spec.placement.divide.mode", "Invalid value: 1: must be one of Weighted, Capacity, Duplicate")]
    [InlineData("\"spec\":{\"placement\":{\"spread\":[{\"by\":\"Region\"}]}}", "spec.placement.spread[0].by", "Unsupported value: \"Region\": supported values: \"region\", \"zone\", \"cluster\"")]
    [InlineData("\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"lots\"}}}]}}}", "spec.template.spec.containers[0].resources.requests[cpu]", "Invalid value: \"lots\": must be a quantity such as 200m, 1.5 or 32Mi")]
    [InlineData("\"spec\":{\"expose\":[{\"targetPort\":true}]}", "spec.expose[0].targetPort", "Invalid value: true: must be an integer or a string")]
    [InlineData("\"spec\":{\"expose\":[null]}", "spec.expose[0]", "Invalid value: null: must be an object")]
    [InlineData("\"spec\":{\"replicas\":1,\"replicas\":2}", "spec.replicas", "Duplicate value: the field is given more than once")]
    [InlineData("\"metadata\":{\"labels\":{\"a\":\"1\",\"a\":\"2\"}}", "metadata.labels[a]", "Duplicate value: the field is given more than once")]
    [InlineData("\"kind\":\"Apps\"", "kind", "Unsupported value: \"Apps\": supported values: \"App\"")]
    [InlineData("\"apiVersion\":\"apps/v1\"", "apiVersion", "Unsupported value: \"apps/v1\": supported values: \"federation/v1\"")]
    [InlineData("\"apiVersion\":7", "apiVersion", "Invalid value: 7: must be federation/v1")]
    [InlineData("\"key\":\"x\"", "key", "Forbidden: unknown field")]
    [InlineData("\"isDeleting\":true", "isDeleting", "Forbidden: unknown field")]
    [InlineData("\"metadata\":{\"name\":\"\\ud800\"}", "metadata.name", "Invalid value: …: must be valid Unicode text")]
    public void Decode_OneMistake_SaysWhereAndWhat(string member, string field, string message)
    {
        var result = Kinds.App.Decode(Manifests.Utf8($"{{{member}}}"));

        var error = result.Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Message.ShouldBe(message);
        result.Resource.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("", "the body is not valid JSON")]
    [InlineData("[]", "the body must be a JSON object")]
    [InlineData("null", "the body must be a JSON object")]
    [InlineData("{\"spec\":{\n\"replicas\": six}}", "the body is not valid JSON: line 2, position 13")]
    [InlineData("{} {}", "the body is not valid JSON: line 1")]
    public void Decode_NotJson_IsOneSyntaxErrorWithItsPosition(string body, string beginning)
    {
        var result = Kinds.App.Decode(Manifests.Utf8(body));

        result.Resource.ShouldBeNull();
        var error = result.Errors.ShouldHaveSingleItem();
        error.Type.ShouldBe(FieldErrorType.Syntax);
        error.Message.ShouldStartWith(beginning);
    }

    [Fact]
    public void Decode_NestedTooDeep_IsASyntaxError()
    {
        var result = Kinds.App.Decode(Manifests.Utf8("{\"spec\":" + new string('[', 200) + new string(']', 200) + "}"));

        result.Errors.ShouldHaveSingleItem().Message.ShouldContain("depth");
    }

    [Fact]
    public void Decode_InvalidUtf8_IsASyntaxError() =>
        Kinds.App.Decode([.. "{\"kind\":\""u8, 0xFF, .. "\"}"u8]).Errors.ShouldHaveSingleItem().Type.ShouldBe(FieldErrorType.Syntax);

    [Fact]
    public void Decode_NullWhereAbsentIsMeant_IsAccepted()
    {
        var body = Manifests.WebWith(manifest =>
        {
            manifest["metadata"]!["creationTimestamp"] = null;
            manifest["metadata"]!["annotations"] = null;
            manifest["status"] = null;
            manifest.Container(0)["livenessProbe"] = null;
        });

        Kinds.App.DecodeAndValidate(body).Errors.ShouldBeEmpty();
    }

    [Fact]
    public void DecodeAndValidate_UnreadableElement_KeepsTheOthersAtTheirIndexAndIsNotReportedTwice()
    {
        var body = Manifests.WebWith(manifest =>
        {
            manifest["spec"]!["template"]!["spec"]!["containers"]![0] = 5;
            manifest.Container(1)["name"] = "Log";
            manifest["spec"]!["expose"] = null;
        });

        Kinds.App.DecodeAndValidate(body).Errors.Select(error => error.Field).ShouldBe(
            ["spec.template.spec.containers[0]", "spec.template.spec.containers[1].name"]);
    }

    [Fact]
    public void DecodeAndValidate_UnreadableProbeAction_DoesNotAlsoMissTheAction()
    {
        var body = Manifests.WebWith(manifest => manifest.Container(0)["readinessProbe"] = new System.Text.Json.Nodes.JsonObject { ["tcpSocket"] = 80 });

        Kinds.App.DecodeAndValidate(body).Errors.ShouldHaveSingleItem().Field.ShouldBe("spec.template.spec.containers[0].readinessProbe.tcpSocket");
    }

    [Fact]
    public void DecodeAndValidate_MissingNamespace_IsFilledInByThePreparation()
    {
        var body = Manifests.WebWith(manifest => manifest["metadata"]!.AsObject().Remove("namespace"));

        Kinds.App.DecodeAndValidate(body).Errors.ShouldHaveSingleItem().Field.ShouldBe("metadata.namespace");
        Kinds.App.DecodeAndValidate(body, resource => resource with { Metadata = resource.Metadata with { Namespace = "shop" } }).IsValid.ShouldBeTrue();
    }
}
