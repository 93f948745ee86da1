using System.Text.Json;
using Federation.Cli.Commands;

namespace Federation.Cli.Tests.Commands;

public sealed class DescribeTests
{
    [Fact]
    public void Describable_Secret_ShowsSizesInPlaceOfValues()
    {
        var secret = JsonSerializer.Deserialize<JsonElement>(
            """{"metadata":{"name":"s","managedFields":[{}],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"aHVudGVyMg=="}},"data":{"password":"aHVudGVyMg=="}}""");

        var shown = DescribeCommand.Describable(secret, isSecret: true).GetRawText();

        shown.ShouldContain("\"password\":\"7 bytes\"");
        shown.ShouldNotContain("aHVudGVyMg");
        shown.ShouldNotContain("managedFields");
    }

    [Fact]
    public void Describable_AnythingElse_ShowsItsData() =>
        DescribeCommand.Describable(JsonSerializer.Deserialize<JsonElement>("""{"data":{"a":"b"}}"""), isSecret: false).GetRawText().ShouldContain("\"a\":\"b\"");
}
