namespace Federation.Storage.Writing;

/// <summary>Hands the result of one transaction to its callers.</summary>
internal static class WriteBatch
{
    public static void Acknowledge(List<PendingWrite> batch)
    {
        foreach (var pending in batch)
            pending.TrySetResult(pending.Outcome ?? throw new InvalidOperationException("A write of a committed batch has no outcome."));
    }

    /// <summary>Every caller gets an exception of its own: one that is thrown in several places at once garbles its stack trace.</summary>
    public static void Fail(List<PendingWrite> batch, StoreUnavailableException error)
    {
        foreach (var pending in batch)
            pending.TrySetException(new StoreUnavailableException(error.Reason, error.Message, error));
    }
}
