using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Decoding;

/// <summary>Reads a user's JSON against a kind's shape and names everything that is wrong with its form.</summary>
/// <remarks>
/// Three steps: the text is checked as JSON; it is walked against the shape, which copies what is right and reports
/// what is not; the copy, which can no longer fail, is deserialized.
/// </remarks>
internal static class StrictDecoder
{
    private const int DeepestNesting = 64;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = DeepestNesting };

    public static DecodeResult Decode(KindDefinition definition, ReadOnlySpan<byte> utf8Json)
    {
        var errors = new FieldErrors();
        if (!IsJsonObject(utf8Json, errors))
            return new DecodeResult(null, errors.All);

        var right = new ArrayBufferWriter<byte>(utf8Json.Length + 64);
        using (var writer = new Utf8JsonWriter(right, new JsonWriterOptions { SkipValidation = true }))
        {
            var reader = new Utf8JsonReader(utf8Json, ReaderOptions);
            reader.Read();
            new ShapeWalker(definition, writer, errors).CopyRoot(ref reader);
        }

        try
        {
            return new DecodeResult((Resource?)JsonSerializer.Deserialize(right.WrittenSpan, definition.TypeInfo), errors.All);
        }
        catch (JsonException exception)
        {
            // The shape and the converters disagree about a value: still an answer to the user, not a failure of the server.
            errors.Add(new FieldError(exception.Path?.TrimStart('$', '.') ?? "", FieldErrorType.Invalid, exception.Message));
            return new DecodeResult(null, errors.All);
        }
    }

    private static bool IsJsonObject(ReadOnlySpan<byte> utf8Json, FieldErrors errors)
    {
        if (!Utf8.IsValid(utf8Json))
        {
            errors.Syntax("the body is not valid UTF-8");
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8Json, ReaderOptions);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                errors.Syntax("the body must be a JSON object");
                return false;
            }

            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException exception)
        {
            errors.Syntax($"the body is not valid JSON: line {exception.LineNumber + 1}, position {exception.BytePositionInLine + 1}: {Sentence(exception.Message)}");
            return false;
        }
    }

    /// <summary>The reader's message repeats the position in its own way at the end.</summary>
    private static string Sentence(string message) => message.IndexOf(" LineNumber:", StringComparison.Ordinal) is var end and >= 0 ? message[..end] : message;
}
