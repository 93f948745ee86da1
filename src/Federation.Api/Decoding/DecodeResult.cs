using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Decoding;

/// <summary>What became of a body.</summary>
/// <param name="Resource">The object made of everything that could be read; null: the body is not a JSON object at all.</param>
/// <param name="Errors">Every mistake found; empty: the body is right.</param>
public sealed record DecodeResult(Resource? Resource, IReadOnlyList<FieldError> Errors)
{
    public bool IsValid => Resource is not null && Errors.Count == 0;
}
