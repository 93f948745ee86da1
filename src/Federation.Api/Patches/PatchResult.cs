namespace Federation.Api.Patches;

/// <summary>A patched document, or why there is none.</summary>
/// <param name="Json">UTF-8 JSON; empty when <paramref name="Error"/> is set.</param>
/// <param name="Error">A sentence for the client; null: the patch was applied.</param>
/// <param name="IsRefused">True: the patch is well formed, but this document does not take it (422, else 400).</param>
public readonly record struct PatchResult(ReadOnlyMemory<byte> Json, string? Error, bool IsRefused = false)
{
    public bool IsApplied => Error is null;

    internal static PatchResult Malformed(string error) => new(default, error);

    internal static PatchResult Refused(string error) => new(default, error, IsRefused: true);
}
