using System.Globalization;
using System.Text;

namespace Federation.Api.Validation;

/// <summary>Collects wrong fields, in the words Kubernetes uses for each sort of mistake.</summary>
public sealed class FieldErrors
{
    private const int LongestShownValue = 128;

    /// <summary>How many mistakes are told. Nobody reads more, and a body made of nothing else must not fill the memory.</summary>
    public const int Most = 1000;

    private readonly List<FieldError> _errors = [];

    public IReadOnlyList<FieldError> All => _errors;

    public bool IsEmpty => _errors.Count == 0;

    public void Add(FieldError error)
    {
        if (_errors.Count < Most)
            _errors.Add(error);
    }

    public void Required(FieldPath path, string detail = "") =>
        Add(path, FieldErrorType.Required, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public void Invalid(FieldPath path, object value, string detail) => Add(path, FieldErrorType.Invalid, $"Invalid value: {Show(value)}: {detail}");

    public void TypeInvalid(FieldPath path, string shownValue, string detail) =>
        Add(path, FieldErrorType.TypeInvalid, $"Invalid value: {Shorten(shownValue)}: {detail}");

    public void NotSupported(FieldPath path, string value, IEnumerable<string> supported) =>
        Add(path, FieldErrorType.NotSupported, $"Unsupported value: {Show(value)}: supported values: {string.Join(", ", supported.Select(Quote))}");

    public void Duplicate(FieldPath path, object value) => Add(path, FieldErrorType.Duplicate, $"Duplicate value: {Show(value)}");

    public void TooLong(FieldPath path, int limit) => Add(path, FieldErrorType.TooLong, $"Too long: may not be more than {limit} bytes");

    public void Forbidden(FieldPath path, string detail) => Add(path, FieldErrorType.Forbidden, $"Forbidden: {detail}");

    public void UnknownField(FieldPath path, string? suggestion) => Add(
        path,
        FieldErrorType.UnknownField,
        suggestion is null ? "Forbidden: unknown field" : $"Forbidden: unknown field; did you mean {Quote(suggestion)}?");

    public void DuplicateField(FieldPath path) => Add(path, FieldErrorType.DuplicateField, "Duplicate value: the field is given more than once");

    public void Syntax(string detail) => Add(FieldPath.Root, FieldErrorType.Syntax, detail);

    private static string Show(object value) => value switch
    {
        string text => Shorten(Quote(text)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Shorten(Quote(value.ToString() ?? "")),
    };

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var character in text)
            quoted.Append(character is '"' or '\\' ? $"\\{character}" : char.IsControl(character) ? $"\\u{(int)character:x4}" : character.ToString());
        return quoted.Append('"').ToString();
    }

    private static string Shorten(string text) => text.Length <= LongestShownValue ? text : $"{text.AsSpan(0, LongestShownValue)}…";

    private void Add(FieldPath path, FieldErrorType type, string message) => Add(new FieldError(path.ToString(), type, message));
}
