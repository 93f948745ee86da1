using Federation.Api.Core;
using Federation.Grains.Events;

namespace Federation.Grains.Tests.Events;

public sealed class EventNotebookTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly EventNotebook _notebook = new();

    [Fact]
    public void Add_TheSameAgain_IsCountedWithItsFirstAndLastTime()
    {
        _notebook.Add(Note("a"), Now);
        _notebook.Add(Note("a"), Now.AddSeconds(5));

        var note = _notebook.TakeAll().ShouldHaveSingleItem().Value;
        (note.Count, note.FirstSeen, note.LastSeen).ShouldBe((2, Now, Now.AddSeconds(5)));
    }

    [Fact]
    public void Add_ManyDifferentMessagesOfOneSort_BecomeOneEvent()
    {
        for (var number = 0; number < EventNotebook.Different + 5; number++)
            _notebook.Add(Note($"took {number} ms"), Now);
        _notebook.Add(Note("took 3 ms"), Now);

        var notes = _notebook.TakeAll().Select(entry => entry.Value).ToList();

        notes.Count.ShouldBe(EventNotebook.Different + 1);
        var combined = notes.Single(note => note.Message.StartsWith(EventNotebook.CombinedPrefix, StringComparison.Ordinal));
        (combined.Count, combined.Message).ShouldBe((5, $"{EventNotebook.CombinedPrefix}took {EventNotebook.Different + 4} ms"));
        notes.Single(note => note.Message == "took 3 ms").Count.ShouldBe(2, "what was told apart before still is");
    }

    [Fact]
    public void Add_CombinedAfterTheyWereTaken_FindTheSameEvent()
    {
        for (var number = 0; number <= EventNotebook.Different; number++)
            _notebook.Add(Note($"{number}"), Now);
        var first = _notebook.TakeAll().Single(entry => entry.Value.Message.StartsWith(EventNotebook.CombinedPrefix, StringComparison.Ordinal)).Key;

        _notebook.Add(Note("another"), Now);

        _notebook.TakeAll().ShouldHaveSingleItem().Key.ShouldBe(first);
    }

    [Fact]
    public void Add_OfAnotherObjectOrReasonOrLater_IsNotCombined()
    {
        for (var number = 0; number < EventNotebook.Different; number++)
            _notebook.Add(Note($"{number}"), Now);
        _notebook.TakeAll();

        _notebook.Add(Note("x") with { Reason = "Other" }, Now);
        _notebook.Add(Note("x") with { About = new ObjectReference { Kind = "App", Namespace = "default", Name = "other" } }, Now);
        _notebook.Add(Note("x"), Now + EventNotebook.SimilarWithin);

        _notebook.TakeAll().ShouldAllBe(entry => entry.Value.Message == "x");
    }

    [Fact]
    public void Add_OneObjectTalksTooMuch_IsCutShortForAMinuteAndOthersAreNot()
    {
        var taken = Enumerable.Range(0, EventNotebook.PerObject + 10).Count(number => _notebook.Add(Note("m") with { Reason = $"R{number}" }, Now));

        taken.ShouldBe(EventNotebook.PerObject);
        _notebook.Add(Note("m") with { About = new ObjectReference { Kind = "App", Namespace = "default", Name = "other" } }, Now).ShouldBeTrue();
        _notebook.Add(Note("m") with { Reason = "Later" }, Now + EventNotebook.Window).ShouldBeTrue();
    }

    private static EventNote Note(string message) =>
        new() { About = new ObjectReference { Kind = "App", Namespace = "default", Name = "web", Uid = "u" }, Reason = "Slow", Message = message };
}
