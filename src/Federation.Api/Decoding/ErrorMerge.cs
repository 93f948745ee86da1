using Federation.Api.Validation;

namespace Federation.Api.Decoding;

/// <summary>Puts mistakes of form and of content into one list without saying one thing twice.</summary>
internal static class ErrorMerge
{
    /// <remarks>A part that could not be read was left out, so validation also misses it: those echoes are dropped.</remarks>
    public static IReadOnlyList<FieldError> Merge(IReadOnlyList<FieldError> form, IReadOnlyList<FieldError> content) =>
        form.Count == 0 ? content : [.. form, .. content.Where(error => !form.Any(cause => IsEcho(error, cause)))];

    private static bool IsEcho(FieldError error, FieldError cause)
    {
        // An unknown or repeated field leaves nothing out that belongs there.
        if (cause.Type is FieldErrorType.UnknownField or FieldErrorType.DuplicateField)
            return false;
        return IsWithin(error.Field, cause.Field) || (error.Type == FieldErrorType.Required && IsWithin(cause.Field, error.Field));
    }

    private static bool IsWithin(string field, string outer) =>
        field.StartsWith(outer, StringComparison.Ordinal) && (field.Length == outer.Length || field[outer.Length] is '.' or '[');
}
