using System.Text;
using System.Text.Json;
using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Api.Tests.Json;

public sealed class StoredFormTests
{
    [Fact]
    public void Write_StoreForm_HasNoResourceVersion() =>
        Encoding.UTF8.GetString(ApiJson.Write(Manifests.App.AtRevision(7))).ShouldNotContain("resourceVersion");

    [Fact]
    public void WithRevision_StoredJson_IsTheServedFormOfTheObject()
    {
        var stored = ApiJson.Write(Manifests.App);

        var served = StoredJson.WithRevision(stored, 42);

        var read = (App)ApiJson.Read(Kinds.App, served);
        read.Metadata.ResourceVersion.ShouldBe("42");
        read.Revision().ShouldBe(42);
        ApiJson.Write(read).ShouldBe(stored);
        Kinds.App.ReadStored(stored, 42).Revision().ShouldBe(42);
    }

    [Fact]
    public void WithRevision_EmptyMetadata_IsStillJson() =>
        Encoding.UTF8.GetString(StoredJson.WithRevision("""{"spec":{"metadata":{}},"metadata":{}}"""u8, 1)).ShouldBe("""{"spec":{"metadata":{}},"metadata":{"resourceVersion":"1"}}""");

    [Fact]
    public void WriteMetadata_IsTheServedMetadataAlone()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        StoredJson.WriteMetadataWithRevision(ApiJson.Write(Manifests.App), 42, output);

        using var whole = JsonDocument.Parse(StoredJson.WithRevision(ApiJson.Write(Manifests.App), 42));
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(whole.RootElement.GetProperty("metadata").GetRawText());
    }

    [Fact]
    public void WriteMetadata_Empty_IsStillJson()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();

        StoredJson.WriteMetadataWithRevision("""{"metadata":{},"spec":{}}"""u8, 1, output);

        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe("""{"resourceVersion":"1"}""");
    }

    [Theory]
    [InlineData("""{"spec":{"labels":{"a":"0"}},"metadata":{"annotations":{"labels":"x"},"name":"n","labels":{"a":"1","b\u0022":""},"uid":"u"}}""", "a=1,b\"=")]
    [InlineData("""{"metadata":{"name":"n"},"labels":{"a":"1"}}""", "")]
    [InlineData("""{"metadata":{}}""", "")]
    public void ReadLabels_AreThoseOfTheMetadata(string stored, string labels) =>
        string.Join(',', StoredJson.ReadLabels(Encoding.UTF8.GetBytes(stored)).Select(label => $"{label.Key}={label.Value}")).ShouldBe(labels);

    [Fact]
    public void SpecEquals_OnlyTheSpecCounts()
    {
        var app = Manifests.App;

        Kinds.App.SpecEquals(app, app with { Status = new AppStatus { Replicas = 9 }, Metadata = app.Metadata with { Labels = new Dictionary<string, string>() } }).ShouldBeTrue();
        Kinds.App.SpecEquals(app, (App)ApiJson.Read(Kinds.App, ApiJson.Write(app))).ShouldBeTrue();
        Kinds.App.SpecEquals(app, app with { Spec = app.Spec with { Replicas = 7 } }).ShouldBeFalse();
    }

    [Fact]
    public void WithStatusOf_TakesTheOthersStatusAndNothingElse()
    {
        var current = Manifests.App with { Status = new AppStatus { Replicas = 9 } };
        var update = Manifests.App with { Spec = new AppSpec { Replicas = 1 }, Status = new AppStatus { Replicas = 1 } };

        var written = (App)Kinds.App.WithStatusOf(update, current);

        (written.Spec.Replicas, written.Status.Replicas).ShouldBe((1, 9));
    }

    [Theory]
    [InlineData("1h30m5s", 5405)]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5m", 90)]
    public void Duration_Text_IsReadAsWritten(string text, double seconds)
    {
        DurationConverter.TryParse(text, out var duration).ShouldBeTrue();
        duration.TotalSeconds.ShouldBe(seconds);
        DurationConverter.TryParse(DurationConverter.Format(duration), out var again).ShouldBeTrue();
        again.ShouldBe(duration);
    }

    [Theory]
    [InlineData("200m", 200)]
    [InlineData("1.5", 1500)]
    [InlineData("32Mi", 33_554_432_000)]
    [InlineData("1e3", 1_000_000)]
    [InlineData("0.0001", 1)]
    public void Quantity_Text_IsKeptInThousandths(string text, long milli)
    {
        Quantity.Parse(text).Milli.ShouldBe(milli);
        Quantity.Parse(Quantity.FromMilli(milli).ToString()).Milli.ShouldBe(milli);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("1.2.3")]
    [InlineData("1Kb")]
    [InlineData("99999999999999999999P")]
    public void Quantity_NotOne_IsRefused(string text) => Quantity.TryParse(text, out _).ShouldBeFalse();
}
