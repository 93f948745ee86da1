using Federation.Cli.Output;

namespace Federation.Cli.Tests.Output;

public sealed class DurationsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m0s")]
    [InlineData(599, "9m59s")]
    [InlineData(600, "10m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData(48 * 3600, "2d")]
    public void Age_Seconds_AsKubectlPrintsIt(int seconds, string expected) => Durations.Age(Now - TimeSpan.FromSeconds(seconds), Now).ShouldBe(expected);

    [Fact]
    public void Age_Unknown_IsADash() => Durations.Age(null, Now).ShouldBe("-");
}
