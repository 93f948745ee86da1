namespace Federation.Simulation.Tests.Faults;

public sealed class ShrinkingTests
{
    [Fact]
    public void Shrink_TwoOfManyAreToBlame_OnlyThoseAreLeft()
    {
        var calls = 0;

        var left = Shrinking.Shrink([.. Enumerable.Range(0, 40)], steps =>
        {
            calls++;
            return steps.Contains(7) && steps.Contains(31);
        });

        left.ShouldBe([7, 31]);
        calls.ShouldBeLessThan(120);
    }

    [Fact]
    public void Shrink_NothingIsToBlame_NothingIsLeft() => Shrinking.Shrink([1, 2, 3], _ => true).ShouldBeEmpty();
}
