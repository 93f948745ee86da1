namespace Federation.Api.Patches;

/// <summary>Ends a patch from however deep inside it is found that it cannot be applied; does not leave this folder.</summary>
/// <param name="message">A sentence for the client.</param>
/// <param name="isRefused">See <see cref="PatchResult.IsRefused"/>.</param>
internal sealed class PatchException(string message, bool isRefused) : Exception(message)
{
    public bool IsRefused { get; } = isRefused;
}
