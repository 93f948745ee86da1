namespace Federation.Storage.Bench;

/// <summary>Ends what was started, the last one first.</summary>
internal sealed class Resources : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = new();

    public T Own<T>(T resource)
        where T : IAsyncDisposable
    {
        _owned.Push(resource);
        return resource;
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out var resource))
            await resource.DisposeAsync();
    }
}
