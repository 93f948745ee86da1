using Federation.Dns.Signing;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Wire;

namespace Federation.Dns.Tests.Signing;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("keys").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Read_WhatWasWritten_IsTheSameKeyForItsOwnerAlone()
    {
        var now = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
        var key = TestKeys.Make("fed.test", KeyRollover.First(now) with { Inactive = now.AddDays(1), Delete = now.AddDays(2), SyncDelete = now.AddDays(3) });
        KeyDirectory.Write(_directory, key);
        KeyDirectory.Write(_directory, key); // again, as with other times
        var file = Path.Combine(_directory, $"Kfed.test.+013+{key.Tag:D5}.private");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var read = KeyDirectory.Read(_directory).ShouldHaveSingleItem();
        read.Times.ShouldBe(key.Times);
        read.IsEntryPoint.ShouldBeTrue();
        read.PrivateKey.ToArray().ShouldBe(key.PrivateKey.ToArray());
        read.PublicKey.ToArray().ShouldBe(key.PublicKey.ToArray());
    }

    [Fact]
    public async Task Read_KeyOfAnotherProgram_HasItsNumberAndItsDs()
    {
        var name = (await TestKeys.RunAsync("sh", "-c", $"cd {_directory} && ldns-keygen -a ECDSAP256SHA256 -k example.org")).Trim();
        var key = KeyDirectory.Read(_directory).ShouldHaveSingleItem();
        name.ShouldBe($"Kexample.org.+013+{key.Tag:D5}");
        key.Times.IsUntimed.ShouldBeTrue();
        var theirs = await TestKeys.RunAsync("ldns-key2ds", "-n", "-2", Path.Combine(_directory, name + ".key"));
        theirs.Split('\t', ' ')[^1].Trim().ShouldBe(key.Signer().Digest, StringCompareShould.IgnoreCase);
        KeySchedule.At([key], DateTimeOffset.UnixEpoch).DataSigners.ShouldBe([key]);
    }

    [Theory]
    [InlineData("DNSKEY 257 3 13", "DNSKEY 257 3 8", "is of algorithm 8; zones are signed with 13 (ECDSA P-256)")]
    [InlineData("DNSKEY 257 3", "DNSKEY 385 3", "has the flags 385")]
    [InlineData("DNSKEY", "KEY", "has no DNSKEY record")]
    [InlineData("PrivateKey: ", "PrivateKey: AAAA", "has no private key of 32 bytes")]
    [InlineData("Algorithm: 13", "Algorithm: 8", "has a private half of another algorithm")]
    [InlineData("Created: 2026", "Created: never", "has a time Created that is not 14 digits")]
    public void Read_WrongFile_IsASentence(string was, string becomes, string problem)
    {
        var key = TestKeys.Make("fed.test", KeyRollover.First(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero)));
        KeyDirectory.Write(_directory, key);
        foreach (var file in Directory.GetFiles(_directory))
            File.WriteAllText(file, File.ReadAllText(file).Replace(was, becomes, StringComparison.Ordinal));
        Should.Throw<InvalidDataException>(() => KeyDirectory.Read(_directory)).Message.ShouldContain(problem);
    }

    [Fact]
    public void Read_HalvesOfTwoKeys_AreRefused()
    {
        var (one, other) = (TestKeys.Make("fed.test"), TestKeys.Make("fed.test"));
        KeyFile.TryRead(KeyFile.WritePublic(one), KeyFile.WritePrivate(other), out _, out var problem).ShouldBeFalse();
        problem.ShouldBe("has a public and a private half that do not belong together");
        File.WriteAllText(Path.Combine(_directory, "Kfed.test.+013+00001.private"), KeyFile.WritePrivate(one));
        Should.Throw<InvalidDataException>(() => KeyDirectory.Read(_directory)).Message.ShouldContain("has no 'Kfed.test.+013+00001.key' beside it");
    }

    [Fact]
    public void Records_ForTheParent_SayWhichAreWanted()
    {
        var now = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
        var first = TestKeys.Make("fed.test", KeyRollover.First(now.AddDays(-3)));
        var step = KeyRollover.Next([first], now, times => TestKeys.Make("fed.test", times));
        var signer = new ZoneSigner(DnsName.Parse("fed.test"), KeySchedule.At(step.Changed, now), new SigningCaches(16), TimeProvider.System);
        var records = ParentRecord.Of(signer, now).ToList();
        var (old, made) = (records.Single(record => record.KeyTag == first.Tag), records.Single(record => record.KeyTag != first.Tag));
        old.IsWanted.ShouldBeTrue();
        old.Record.ShouldStartWith($"fed.test. IN DS {first.Tag} 13 2 ");
        made.IsWanted.ShouldBeFalse();
        made.From.ShouldBe(now.AddHours(2));
        old.Until.ShouldBe(now.AddHours(2));
    }
}
