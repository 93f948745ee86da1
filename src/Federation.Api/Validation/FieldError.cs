using Federation.Api.Meta;

namespace Federation.Api.Validation;

/// <summary>One wrong field: where, of which sort, and what would be right. In Kubernetes' shape.</summary>
/// <param name="Field">The path; empty for the object as a whole.</param>
/// <param name="Type">The sort of mistake.</param>
/// <param name="Message">As kubectl shows it after the path: <c>Invalid value: -1: must be at least 0</c>.</param>
public sealed record FieldError(string Field, FieldErrorType Type, string Message)
{
    /// <summary>Kubernetes' machine-readable cause.</summary>
    public string Reason => Type switch
    {
        FieldErrorType.Required => "FieldValueRequired",
        FieldErrorType.Invalid => "FieldValueInvalid",
        FieldErrorType.TypeInvalid => "FieldValueTypeInvalid",
        FieldErrorType.NotSupported => "FieldValueNotSupported",
        FieldErrorType.Duplicate or FieldErrorType.DuplicateField => "FieldValueDuplicate",
        FieldErrorType.TooLong => "FieldValueTooLong",
        FieldErrorType.Forbidden or FieldErrorType.UnknownField => "FieldValueForbidden",
        _ => "FieldValueInvalid",
    };

    public StatusCause ToCause() => new() { Reason = Reason, Message = Message, Field = Field };

    public override string ToString() => Field.Length == 0 ? Message : $"{Field}: {Message}";
}

public enum FieldErrorType
{
    Required,
    Invalid,

    /// <summary>Another JSON type than the field has.</summary>
    TypeInvalid,
    NotSupported,
    Duplicate,
    TooLong,
    Forbidden,

    /// <summary>No such field. <c>fieldValidation=Warn</c> and <c>Ignore</c> let it pass.</summary>
    UnknownField,

    /// <summary>The field is there twice. <c>fieldValidation=Warn</c> and <c>Ignore</c> let it pass.</summary>
    DuplicateField,

    /// <summary>Not JSON at all: a bad request instead of an invalid object.</summary>
    Syntax,
}
