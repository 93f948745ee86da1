using Federation.Api;
using Federation.Api.Decoding;
using Federation.Api.Meta;
using Federation.Api.Patches;
using Federation.Api.Validation;

namespace Federation.Grains.Objects;

/// <summary>Reads bodies as strictly as the client asks for, and collects what it let pass.</summary>
internal sealed class BodyReader(KindDefinition definition, FieldValidation validation)
{
    private readonly List<string> _warnings = [];

    /// <summary>What was dropped, for people.</summary>
    public IReadOnlyList<string> Warnings => validation == FieldValidation.Warn ? _warnings : [];

    /// <summary>The body; without repeated fields where the client tolerates them.</summary>
    public ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> body)
    {
        if (validation == FieldValidation.Strict)
            return body;
        var taken = Duplicates.Drop(body, out var repeated);
        _warnings.AddRange(repeated.Select(field => $"duplicate field \"{field}\""));
        return taken;
    }

    public DecodeResult Decode(ReadOnlyMemory<byte> body) => Sift(definition.Decode(body.Span));

    public DecodeResult DecodeAndValidate(ReadOnlyMemory<byte> body, Func<Resource, Resource> prepare) => Sift(definition.DecodeAndValidate(body.Span, prepare));

    private DecodeResult Sift(DecodeResult decoded)
    {
        if (validation == FieldValidation.Strict || decoded.Errors.Count == 0)
            return decoded;
        var dropped = decoded.Errors.Where(error => error.Type is FieldErrorType.UnknownField or FieldErrorType.DuplicateField).ToList();
        _warnings.AddRange(dropped.Select(error => $"{(error.Type == FieldErrorType.UnknownField ? "unknown" : "duplicate")} field \"{error.Field}\""));
        return decoded with { Errors = [.. decoded.Errors.Except(dropped)] };
    }
}
