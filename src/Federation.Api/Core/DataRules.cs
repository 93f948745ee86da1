using Federation.Api.Validation;

namespace Federation.Api.Core;

/// <summary>What ConfigMap and Secret have in common. Values are never shown: they may be secret.</summary>
internal static class DataRules
{
    /// <summary>All values of an object together, decoded.</summary>
    public const int SizeLimit = 1024 * 1024;

    public const string KeyRule =
        "a valid config key must consist of letters, digits, '-', '_' or '.', be at most 253 characters long, and not be '.' nor begin with '..'";

    private const string ImmutableRule = "field is immutable when `immutable` is set";

    public static void ValidateKey(string key, FieldPath path, FieldErrors errors)
    {
        if (!Syntax.IsConfigKey(key))
            errors.Invalid(path.Key(key), key, KeyRule);
    }

    /// <returns>How many bytes the text stands for; 0 when it is not base64, which is an error.</returns>
    public static int SizeOfBase64(string text, FieldPath path, FieldErrors errors)
    {
        var buffer = new byte[text.Length / 4 * 3 + 3];
        if (Convert.TryFromBase64String(text, buffer, out var size))
            return size;
        errors.Invalid(path, "(not shown)", "must be base64 (RFC 4648, section 4)");
        return 0;
    }

    public static void RequireImmutable(bool? next, FieldErrors errors)
    {
        if (next != true)
            errors.Forbidden(FieldPath.Root.Child("immutable"), ImmutableRule);
    }

    public static void RequireSame(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, FieldPath path, FieldErrors errors)
    {
        if (before.Count != after.Count || before.Any(entry => !after.TryGetValue(entry.Key, out var value) || value != entry.Value))
            errors.Forbidden(path, ImmutableRule);
    }
}
