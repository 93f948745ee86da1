namespace MemberCluster.Agent.Tests.Support;

internal static class AsyncStreams
{
    public static async Task<T> FirstAsync<T>(this IAsyncEnumerable<T> items)
    {
        await foreach (var item in items)
            return item;
        throw new InvalidOperationException("There was none.");
    }

    /// <summary>All up to the first that is as wanted, that one included.</summary>
    public static async Task<List<T>> TakeUntilAsync<T>(this IAsyncEnumerable<T> items, Func<T, bool> isLast)
    {
        var taken = new List<T>();
        await foreach (var item in items)
        {
            taken.Add(item);
            if (isLast(item))
                break;
        }

        return taken;
    }
}
