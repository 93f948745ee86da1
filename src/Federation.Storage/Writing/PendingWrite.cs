namespace Federation.Storage.Writing;

/// <summary>A write on its way: what is asked, and the caller waiting for the answer.</summary>
internal sealed class PendingWrite(ObjectWrite write) : TaskCompletionSource<WriteOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public ObjectWrite Write { get; } = write;

    /// <summary>Set while the batch runs, handed to the caller when its transaction is durable.</summary>
    public WriteOutcome? Outcome { get; set; }

    public int Weight => Write is ObjectWrite.Put put ? put.Json.Length : 0;
}
