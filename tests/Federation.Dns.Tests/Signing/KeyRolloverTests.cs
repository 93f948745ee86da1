using System.Collections.Immutable;
using Federation.Dns.Signing;
using Federation.Dns.Signing.Keys;

namespace Federation.Dns.Tests.Signing;

/// <summary>A key is replaced under resolvers that keep everything as long as they may.</summary>
public sealed class KeyRolloverTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan ParentTtl = TimeSpan.FromHours(12);
    private static readonly TimeSpan KeyTtl = TimeSpan.FromSeconds(ZoneSigner.KeyTtl);

    private readonly List<ZoneKey> _keys = [TestKeys.Make("example.org", KeyRollover.First(Begin - TimeSpan.FromDays(30)))];

    [Theory]
    [InlineData(0)]
    [InlineData(7)] // a name server that gets the files late, but within the margin
    public void Roll_ResolversThatKeepEverything_AlwaysFindAChain(int stepsLate)
    {
        // What was there at each step: what the parent had, and what the keys were.
        var late = stepsLate == 0 ? TimeSpan.Zero : TimeSpan.FromMinutes(50);
        var history = new List<(DateTimeOffset At, ImmutableArray<ZoneKey> Parent, KeyRoles Roles)>();
        var files = new List<(DateTimeOffset At, ImmutableArray<ZoneKey> Keys)> { (DateTimeOffset.MinValue, [.. _keys]) };
        ImmutableArray<ZoneKey> parent = [_keys[0]];
        var old = _keys[0].Tag;
        var confirmed = false;
        var ended = false;
        for (var now = Begin; now < Begin + TimeSpan.FromDays(6) && !ended; now += Step)
        {
            var step = KeyRollover.Next([.. _keys], now, times => TestKeys.Make("example.org", times));
            if (confirmed && step.Changed.Length > 0)
            {
                ended = true; // it is over: the next one begins
                break;
            }

            Write(step, files, now);
            if (step.ForParent.Length > 0 && !confirmed)
            {
                parent = step.ForParent;
                Write(KeyRollover.Confirm([.. _keys], now, ParentTtl), files, now);
                confirmed = true;
            }

            var known = files.Last(version => version.At <= now - late).Keys;
            history.Add((now, parent, KeySchedule.At(known, now)));
            Check(history, now);
        }

        ended.ShouldBeTrue();
        var last = KeySchedule.At(_keys, Begin + TimeSpan.FromDays(6));
        var key = last.Published.ShouldHaveSingleItem();
        key.Tag.ShouldNotBe(old);
        last.DataSigners.ShouldBe([key]);
        last.ForParent.ShouldBe([key]);
    }

    [Fact]
    public void Confirm_BeforeTheKeyIsKnownEverywhere_ChangesNothing()
    {
        KeyRollover.Confirm([.. _keys], Begin, ParentTtl).Changed.ShouldBeEmpty();
        Write(KeyRollover.Next([.. _keys], Begin, times => TestKeys.Make("example.org", times)), [], Begin);
        var early = KeyRollover.Confirm([.. _keys], Begin + TimeSpan.FromMinutes(30), ParentTtl);
        early.Changed.ShouldBeEmpty();
        early.Sentence.ShouldContain("not known everywhere before 2026-01-01 02:00:00Z");
        KeyRollover.Next([.. _keys], Begin + TimeSpan.FromMinutes(30), _ => throw new InvalidOperationException("a second one")).Sentence.ShouldContain("becomes known everywhere");
    }

    [Fact]
    public void Next_NoKey_SaysSo() =>
        KeyRollover.Next([], Begin, _ => throw new InvalidOperationException("made one")).Sentence.ShouldBe("There is no key in use that could be replaced.");

    [Fact]
    public void At_SeparateKeys_SignWhatIsTheirs()
    {
        var (parent, data) = (TestKeys.Make("example.org"), TestKeys.Make("example.org", isEntryPoint: false));
        var coming = TestKeys.Make("example.org", new KeyTimes { Created = Begin, Publish = Begin, Activate = Begin + KeyTtl }, isEntryPoint: false);
        var roles = KeySchedule.At([parent, data, coming], Begin);
        roles.Published.Length.ShouldBe(3);
        roles.DataSigners.ShouldBe([data]);
        roles.KeySigners.ShouldBe([parent]);
        KeySchedule.At([parent, data, coming], Begin + KeyTtl).DataSigners.Length.ShouldBe(2);

        // Published ahead, a key signs nothing: without others the zone is not signed yet.
        KeySchedule.At([coming], Begin).IsSigned.ShouldBeFalse();
        KeySchedule.At([coming], Begin - KeyTtl).Published.ShouldBeEmpty();
    }

    private void Write(RolloverStep step, List<(DateTimeOffset At, ImmutableArray<ZoneKey> Keys)> files, DateTimeOffset now)
    {
        foreach (var changed in step.Changed)
        {
            _keys.RemoveAll(key => key.Tag == changed.Tag);
            _keys.Add(changed);
        }

        if (step.Changed.Length > 0)
            files.Add((now, [.. _keys]));
    }

    /// <summary>Whatever a resolver keeps of the parent, of the keys and of the data, each from any moment that its TTL allows: there is a chain.</summary>
    private static void Check(List<(DateTimeOffset At, ImmutableArray<ZoneKey> Parent, KeyRoles Roles)> history, DateTimeOffset now)
    {
        var parents = history.Where(moment => moment.At > now - ParentTtl).Select(moment => moment.Parent).Distinct().ToList();
        var keySets = history.Where(moment => moment.At > now - KeyTtl).Select(moment => moment.Roles).Distinct().ToList();
        var data = history.Where(moment => moment.At > now - KeyRollover.LongestTtl).Select(moment => moment.Roles).Distinct().ToList();
        foreach (var keys in keySets)
        {
            foreach (var signers in parents)
                keys.KeySigners.Any(key => signers.Any(ds => ds.Tag == key.Tag)).ShouldBeTrue($"{now:u}: the parent's {Tags(signers)} sign no keys of {Tags(keys.Published)}");
            foreach (var signed in data)
                signed.DataSigners.Any(key => keys.Published.Any(known => known.Tag == key.Tag)).ShouldBeTrue($"{now:u}: data signed by {Tags(signed.DataSigners)}, keys {Tags(keys.Published)}");
        }
    }

    private static string Tags(ImmutableArray<ZoneKey> keys) => string.Join(",", keys.Select(key => key.Tag));
}
