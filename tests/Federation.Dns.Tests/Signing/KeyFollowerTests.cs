using Federation.Dns.Hosting;
using Federation.Dns.Signing;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Wire;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Dns.Tests.Signing;

public sealed class KeyFollowerTests : IDisposable
{
    private static readonly DnsName Zone = DnsName.Parse("fed.test");

    private readonly string _directory = Directory.CreateTempSubdirectory("keys").FullName;
    private readonly ManualTimeProvider _time = new();
    private readonly SigningState _state = new();
    private readonly KeyFollower _follower;

    public KeyFollowerTests() => _follower = new KeyFollower(_directory, _state, new SigningCaches(16), _time, NullLogger<KeyFollower>.Instance);

    public void Dispose()
    {
        _follower.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Start_DirectoryMissingOrKeyWrong_IsASentence()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "Kfed.test.+013+00001.private"), "nothing");
        (await Should.ThrowAsync<NameServerStartException>(() => _follower.StartAsync(CancellationToken.None))).Message.ShouldContain("has no 'Kfed.test.+013+00001.key' beside it");
        using var lost = new KeyFollower(Path.Combine(_directory, "missing"), _state, new SigningCaches(16), _time, NullLogger<KeyFollower>.Instance);
        (await Should.ThrowAsync<NameServerStartException>(() => lost.StartAsync(CancellationToken.None))).Message.ShouldContain("cannot be read from");
    }

    [Fact]
    public async Task Execute_KeysComeChangeAndAreLost_TheZoneStaysSigned()
    {
        await _follower.StartAsync(CancellationToken.None);
        _state.Current.ShouldBeNull();

        // A key whose time has not come, then comes.
        var now = _time.GetUtcNow();
        var key = TestKeys.Make("fed.test", new KeyTimes { Created = now, Publish = now, Activate = now.AddHours(1) });
        KeyDirectory.Write(_directory, key);
        await Until(() => Signer is { IsSigning: false }, "the key is published");
        _time.Advance(TimeSpan.FromHours(1));
        await Until(() => Signer is { IsSigning: true }, "the key signs");
        var signer = Signer;

        // What cannot be read, or is gone, changes nothing; the signatures are kept as well.
        var file = Path.Combine(_directory, KeyFile.NameOf(key) + KeyFile.PrivateEnding);
        await File.WriteAllTextAsync(file, "nothing");
        _time.Advance(TimeSpan.FromMinutes(1));
        File.Delete(file);
        _time.Advance(TimeSpan.FromMinutes(1));

        // A later key is still noticed, and the lost one goes on.
        var other = TestKeys.Make("other.test");
        KeyDirectory.Write(_directory, other);
        await Until(() => _state.Current!.Find(other.Zone) is not null, "another zone's key is read");
        Signer.ShouldBeSameAs(signer);

        // Its times end it.
        KeyDirectory.Write(_directory, key with { Times = key.Times with { Inactive = _time.GetUtcNow(), Delete = _time.GetUtcNow() } });
        await Until(() => Signer is { IsSigning: false }, "the key is gone");
        await _follower.StopAsync(CancellationToken.None);
    }

    private ZoneSigner? Signer => _state.Current?.Find(Zone);

    private Task Until(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return condition();
        },
        what);
}
