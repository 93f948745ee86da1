using Federation.Dns.Answering.Cookies;
using Federation.Dns.Hosting;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Dns.Tests.Hosting;

public sealed class CookieSecretsFollowerTests : IDisposable
{
    private const string First = "e5e973e5a6b2a43f48e7dc849e37bfcf";
    private const string Second = "445536bcd2513298075a5d379663c962";

    private readonly string _file = Path.GetTempFileName();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("short", "Line 1 is no cookie secret")]
    [InlineData(null, "cannot be read")]
    public async Task Start_FileWrongOrMissing_IsASentence(string? text, string words)
    {
        if (text is null)
            File.Delete(_file);
        else
            await File.WriteAllTextAsync(_file, text);
        using var follower = new CookieSecretsFollower(_file, new ServerCookies(_time), _time, NullLogger<CookieSecretsFollower>.Instance);
        (await Should.ThrowAsync<NameServerStartException>(() => follower.StartAsync(CancellationToken.None))).Message.ShouldContain(words);
    }

    [Fact]
    public async Task Execute_FileChanges_TheNewSecretsAreUsedAndWrongOnesAreNot()
    {
        await File.WriteAllTextAsync(_file, First);
        var cookies = new ServerCookies(_time);
        using var follower = new CookieSecretsFollower(_file, cookies, _time, NullLogger<CookieSecretsFollower>.Instance);
        await follower.StartAsync(CancellationToken.None);
        IsMadeWith(cookies, First).ShouldBeTrue();

        await File.WriteAllTextAsync(_file, $"{Second}\n{First}\n");
        await Eventually.TrueAsync(() => Task.FromResult(IsMadeWithAfterAWhile(cookies, Second)), "the second secret makes cookies");
        await File.WriteAllTextAsync(_file, "no secret");
        _time.Advance(TimeSpan.FromMinutes(1));
        await File.WriteAllTextAsync(_file, First);
        await Eventually.TrueAsync(() => Task.FromResult(IsMadeWithAfterAWhile(cookies, First)), "a wrong file does not end the following");
        await follower.StopAsync(CancellationToken.None);
    }

    private bool IsMadeWithAfterAWhile(ServerCookies cookies, string secret)
    {
        _time.Advance(TimeSpan.FromSeconds(6));
        return IsMadeWith(cookies, secret);
    }

    private bool IsMadeWith(ServerCookies cookies, string secret)
    {
        var other = new ServerCookies(_time);
        other.Use([Convert.FromHexString(secret)]);
        var (made, reply) = (new byte[ServerCookies.Length], new byte[ServerCookies.Length]);
        cookies.Check(new byte[ServerCookies.ClientLength], default, made);
        return other.Check(made, default, reply) == CookieState.Proven;
    }
}
